"""Operations: files.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.files import Export, Import
from stampbook_client.pages import Pages
from stampbook_client.params.files import (
    CreateExportParams,
    CreateImportParams,
    ListExportsParams,
    ListImportsParams,
)
from stampbook_client.sending import Api
from stampbook_client.values import File, WriteOptions
from stampbook_client.wire import part


class ImportsResource:
    """Files whose rows become members, points and transactions."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, file: File, **params: Unpack[CreateImportParams]) -> Import:
        """Import a file.

        Take a file, whose rows are imported soon. Needs the scope admin.
        """
        return self._api.upload(
            "/v1/imports",
            file,
            params,
            Import,
            query=(
                "kind",
                "program_id",
                "format",
                "source",
                "strict",
                "allow_negative",
                "encoding",
                "delimiter",
                "decimal",
                "grouping",
                "date_format",
                "ignore",
            ),
        )

    def list(self, **params: Unpack[ListImportsParams]) -> Pages[Import]:
        """List imports, newest first.

        Newest first. Needs the scope admin.
        """
        return self._api.pages("/v1/imports", params, Import)

    def get(self, import_id: str) -> Import:
        """Read an import.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/imports/{part(import_id)}", {}, Import)

    def refused_rows(self, import_id: str) -> bytes:
        """Read the rows that were refused.

        All rows that were refused, as they were sent. Needs the scope admin.
        """
        return self._api.content(f"/v1/imports/{part(import_id)}/refused", {})

    def start(self, import_id: str, **params: Unpack[WriteOptions]) -> Import:
        """Import the file of a dry run.

        Import the file of a dry run: a new import, which has the file from now on. Needs the
        scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/imports/{part(import_id)}/start",
            params,
            Import,
            has_body=False,
            accepted=True,
        )

    def stop(self, import_id: str, **params: Unpack[WriteOptions]) -> Import:
        """Stop an import.

        What is written stays; the rest waits for `resume`. Needs the scope admin.
        """
        return self._api.write(
            "POST", f"/v1/imports/{part(import_id)}/stop", params, Import, has_body=False
        )

    def resume(self, import_id: str, **params: Unpack[WriteOptions]) -> Import:
        """Go on with an import that was stopped.

        An import that was stopped goes on. Needs the scope admin.
        """
        return self._api.write(
            "POST",
            f"/v1/imports/{part(import_id)}/resume",
            params,
            Import,
            has_body=False,
            accepted=True,
        )


class ExportsResource:
    """What a program has, as a file."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateExportParams]) -> Export:
        """Export a program.

        Ask for a file; it is written soon. Needs the scope admin.
        """
        return self._api.write("POST", "/v1/exports", params, Export, accepted=True)

    def list(self, **params: Unpack[ListExportsParams]) -> Pages[Export]:
        """List exports, newest first.

        Newest first. Needs the scope admin.
        """
        return self._api.pages("/v1/exports", params, Export)

    def get(self, export_id: str) -> Export:
        """Read an export.

        Needs the scope admin.
        """
        return self._api.read(f"/v1/exports/{part(export_id)}", {}, Export)

    def download(self, export_id: str) -> bytes:
        """Download an export.

        The file. Needs the scope admin.
        """
        return self._api.content(f"/v1/exports/{part(export_id)}/file", {})
