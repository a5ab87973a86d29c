"""A small HTTP server that answers like the real sites, from documents made in this package.

`make up` collects from it by default; tests use it over a real socket. Every person, company and
ticker in it is invented. A new site is one module with a `Site`, entered in `sites.py`.
"""
