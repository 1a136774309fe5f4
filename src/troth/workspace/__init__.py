"""The workspace: the pages people read and act on, on the studies of one project.

Django apps, each importing only those before it: ``parts`` (design system and what every page shares), ``timeline`` (who did what, when),
``people`` (who may come in, and the one guard), ``studies`` (the project's studies, read), ``desks`` (the pages).
:mod:`troth.workspace.serving` starts it, :mod:`troth.workspace.administering` keeps it from a terminal.
"""

from troth.workspace.serving import serve, sign_in_link

__all__ = ["serve", "sign_in_link"]
