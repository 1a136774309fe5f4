"""Parquet, read in place: the engine scans the files; here only their footers are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from troth.intake.readers.files import DataFile, unreadable
from troth.terms.errors import UnreadableFileError


def rows_in(files: Sequence[DataFile]) -> int:
    """How many rows the files hold, from their footers.

    :raises UnreadableFileError: a file is no Parquet, or its columns differ from the first one's.
    """
    total = 0
    first: pa.Schema | None = None
    for one in files:
        try:
            metadata = pq.read_metadata(one.path)
            schema = metadata.schema.to_arrow_schema()
        except (pa.ArrowException, OSError) as error:
            raise unreadable(one, error) from error
        if first is None:
            first = schema
        elif set(schema.names) != set(first.names):
            odd = min(set(schema.names) ^ set(first.names))
            raise UnreadableFileError(
                f"the column “{odd}” is in some files of the source and not in others", file=one.path, mend="make one source of each kind."
            )
        total += metadata.num_rows
    return total
