"""The operations on files: docs/reference/native-api-files.md."""

from dataclasses import replace
from typing import Final

from stampbook.dialects.describing import CSV, TEXT
from stampbook.dialects.native.files import exports, imports
from stampbook.dialects.native.files.declaring import PARAMETERS
from stampbook.dialects.native.files.wire import ExportBody, ExportFile
from stampbook.dialects.native.rows import ADMIN, GET, OF_PROGRAM, PAGING, POST, row
from stampbook.dialects.native.wire.imports import ImportShape
from stampbook.dialects.native.wire.pages import Page
from stampbook.edge.uploads.parts import MAX_BODY
from stampbook.programs.roles import Role

_CREATE: Final = row(POST, "/v1/imports", imports.create_import, ADMIN,
    "Import a file", ImportShape, 202, query=PARAMETERS, max_body=MAX_BODY,
    required=frozenset({"kind"}), role=Role.MANAGER)  # fmt: skip

_REFUSED: Final = row(GET, "/v1/imports/{id}/refused", imports.list_refused_rows, ADMIN,
    "Read the rows that were refused", TEXT, role=Role.MANAGER)  # fmt: skip

_DOWNLOAD: Final = row(GET, "/v1/exports/{id}/file", exports.download_export, ADMIN,
    "Download an export", TEXT, role=Role.MANAGER)  # fmt: skip

FILES: Final = (
    replace(_CREATE, streams=True),
    row(GET, "/v1/imports", imports.list_imports, ADMIN,
        "List imports, newest first", Page[ImportShape],
        query={"status": "running, done, stopped or failed: only those", **OF_PROGRAM, **PAGING},
        role=Role.MANAGER),
    row(GET, "/v1/imports/{id}", imports.get_import, ADMIN,
        "Read an import", ImportShape, role=Role.MANAGER),
    replace(_REFUSED, media_type=CSV),
    row(POST, "/v1/imports/{id}/start", imports.start_import, ADMIN,
        "Import the file of a dry run", ImportShape, 202, role=Role.MANAGER),
    row(POST, "/v1/imports/{id}/stop", imports.stop_import, ADMIN,
        "Stop an import", ImportShape, role=Role.MANAGER),
    row(POST, "/v1/imports/{id}/resume", imports.resume_import, ADMIN,
        "Go on with an import that was stopped", ImportShape, 202, role=Role.MANAGER),
    row(POST, "/v1/exports", exports.create_export, ADMIN,
        "Export a program", ExportFile, 202, ExportBody, role=Role.MANAGER),
    row(GET, "/v1/exports", exports.list_exports, ADMIN,
        "List exports, newest first", Page[ExportFile], query={**OF_PROGRAM, **PAGING},
        role=Role.MANAGER),
    row(GET, "/v1/exports/{id}", exports.get_export, ADMIN,
        "Read an export", ExportFile, role=Role.MANAGER),
    replace(_DOWNLOAD, media_type=CSV),
)  # fmt: skip
