"""Files that runs made. A browser may save them and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from scheduling.models import Artifact, Run
from scheduling.models.artifact import path_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def artifact(request: HttpRequest, pk: int) -> FileResponse:
    """The file as an attachment, as bytes of no kind: what a run made is not trusted."""
    found = get_object_or_404(Artifact, pk=pk, run__in=Run.objects.visible_to(request.user))
    try:
        file = default_storage.open(path_of(found.sha256))
    except FileNotFoundError:
        raise Http404("The file is no longer kept.") from None
    response = FileResponse(
        file, as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
