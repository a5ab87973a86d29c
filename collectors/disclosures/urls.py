from django.urls import path

from collectors.disclosures import views

urlpatterns = [
    path("filings/", views.filing_list, name="filings"),
    path("filings/<int:pk>/", views.filing_page, name="filing"),
    path("transactions/", views.transaction_list, name="transactions"),
]
