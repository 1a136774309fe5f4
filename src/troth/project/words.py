"""What a project says of words, as the engine takes it: how texts are read, what people decided, and who names themes."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from troth.engine.voice.curation import Curation, curation_from
from troth.engine.voice.expectations import Review, review_from
from troth.engine.voice.identity import Memory
from troth.engine.voice.studying import TextOptions
from troth.engine.voice.themes import Themes
from troth.intake import Folder
from troth.intake.folder import TextSettings
from troth.intake.settings import CURATION, REVIEW
from troth.project.manifest import digest_of_mapping
from troth.project.naming import Endpoint, name_themes
from troth.terms.errors import ProjectError, RequestError, SettingError

VECTORS = "vectors"
"""Folder beside the studies in which sentence vectors are kept, by a digest of the masked text."""


def options_of(folder: Folder, before: Memory | None) -> TextOptions:
    """How the texts of a study of this project are read.

    :param before: themes of an earlier study.
    :raises SettingError: a decision, or the endpoint, cannot be used; it names the file, the key and the mend.
    """
    return TextOptions(
        embedder=folder.settings.text.embedder,
        curation=curation_of(folder),
        review=review_of(folder),
        before=before,
        cache=folder.path / ".troth" / VECTORS,
        naming=_naming(folder),
    )


def curation_of(folder: Folder) -> Curation:
    """What people decided on themes.

    :raises SettingError: a pattern is no regular expression, or could take for ever.
    """
    record = {kind: [dict(one) for one in listed] for kind, listed in folder.curation.items()}
    try:
        return curation_from(record)
    except RequestError as error:
        raise SettingError(error.what, file=folder.path / CURATION, place=error.place, mend=error.mend) from error


def review_of(folder: Folder) -> Review:
    """What people decided on statements of expectation.

    :raises SettingError: this is no decision.
    """
    try:
        return review_from(folder.review.get("decisions", ()))
    except RequestError as error:
        raise SettingError(error.what, file=folder.path / REVIEW, place=error.place, mend=error.mend) from error


def digests_of(folder: Folder) -> dict[str, str]:
    """SHA-256 of what each file of decisions says, where it says anything; comments and layout do not count."""
    said = {CURATION: folder.curation, REVIEW: folder.review}
    return {name: digest_of_mapping(tables) for name, tables in said.items() if any(tables.values())}


def _naming(folder: Folder) -> Callable[[Themes], Themes] | None:
    told: TextSettings = folder.settings.text
    if told.endpoint is None or told.model is None:
        return None
    file = folder.path / "troth.toml"
    if told.key_variable is not None and told.key_variable not in os.environ:
        what = f"the environment has no variable {told.key_variable}"
        raise SettingError(
            what, file=file, place="text.key_variable", mend=f"set {told.key_variable} before running, or leave the key out."
        )
    key = None if told.key_variable is None else os.environ[told.key_variable]
    try:
        endpoint = Endpoint(told.endpoint, told.model, key)
    except RequestError as error:
        raise SettingError(error.what, file=file, place="text.endpoint", mend=error.mend) from error
    return partial(name_themes, endpoint=endpoint)


def refusal_of(folder: Folder) -> ProjectError | None:
    """What a run would refuse of all this; ``None`` where it would not."""
    try:
        options_of(folder, None)
    except ProjectError as error:
        return error
    return None
