"""Rows of the pages about imports and exports."""

from dataclasses import replace
from typing import Final

from stampbook.console.files import exports, imports, sending
from stampbook.console.rows import act, page
from stampbook.edge.uploads.parts import MAX_BODY
from stampbook.programs.roles import Role

MANAGER: Final = Role.MANAGER

FILES: Final = (
    page("/imports", imports.imports, MANAGER),
    page("/imports/new", sending.new, MANAGER),
    replace(act("/imports/new", sending.send, MANAGER), streams=True, max_body=MAX_BODY),
    page("/imports/{imp}", imports.one, MANAGER),
    page("/imports/{imp}/live", imports.live, MANAGER),
    page("/imports/{imp}/refused", imports.refused, MANAGER),
    act("/imports/{imp}/start", imports.start, MANAGER),
    act("/imports/{imp}/stop", imports.stop, MANAGER),
    act("/imports/{imp}/resume", imports.resume, MANAGER),
    page("/exports", exports.exports, MANAGER),
    act("/exports", exports.create, MANAGER),
    page("/exports/live", exports.live, MANAGER),
    page("/exports/{exp}/file", exports.download, MANAGER),
)
