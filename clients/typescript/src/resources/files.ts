// Written by `make clients`: change the generator instead.

import { type Export, type Import } from "../models/files.ts";
import { Pages } from "../pages.ts";
import { type CreateExportParams, type CreateImportParams, type ListExportsParams, type ListImportsParams } from "../params/files.ts";
import { type File, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class ImportsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Import a file. Take a file, whose rows are imported soon. Needs the scope admin. */
  create(file: File, params: CreateImportParams, options: WriteOptions = {}): Promise<Import> {
    return this.#api.upload("/v1/imports", file, params, options);
  }

  /** List imports, newest first. Newest first. Needs the scope admin. */
  list(params: ListImportsParams = {}): Pages<Import> {
    return this.#api.pages("/v1/imports", params);
  }

  /** Read an import. Needs the scope admin. */
  get(importId: string): Promise<Import> {
    return this.#api.read(`/v1/imports/${part(importId)}`, {});
  }

  /** Read the rows that were refused. All rows that were refused, as they were sent. Needs the scope admin. */
  refusedRows(importId: string): Promise<string> {
    return this.#api.content(`/v1/imports/${part(importId)}/refused`);
  }

  /** Import the file of a dry run. Import the file of a dry run: a new import, which has the file from now on. Needs the scope admin. */
  start(importId: string, options: WriteOptions = {}): Promise<Import> {
    return this.#api.write("POST", `/v1/imports/${part(importId)}/start`, {}, options, { query: [], hasBody: false, accepted: true });
  }

  /** Stop an import. What is written stays; the rest waits for `resume`. Needs the scope admin. */
  stop(importId: string, options: WriteOptions = {}): Promise<Import> {
    return this.#api.write("POST", `/v1/imports/${part(importId)}/stop`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Go on with an import that was stopped. An import that was stopped goes on. Needs the scope admin. */
  resume(importId: string, options: WriteOptions = {}): Promise<Import> {
    return this.#api.write("POST", `/v1/imports/${part(importId)}/resume`, {}, options, { query: [], hasBody: false, accepted: true });
  }

}

export class ExportsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Export a program. Ask for a file; it is written soon. Needs the scope admin. */
  create(params: CreateExportParams, options: WriteOptions = {}): Promise<Export> {
    return this.#api.write("POST", "/v1/exports", params, options, { query: [], hasBody: true, accepted: true });
  }

  /** List exports, newest first. Newest first. Needs the scope admin. */
  list(params: ListExportsParams = {}): Pages<Export> {
    return this.#api.pages("/v1/exports", params);
  }

  /** Read an export. Needs the scope admin. */
  get(exportId: string): Promise<Export> {
    return this.#api.read(`/v1/exports/${part(exportId)}`, {});
  }

  /** Download an export. The file. Needs the scope admin. */
  download(exportId: string): Promise<string> {
    return this.#api.content(`/v1/exports/${part(exportId)}/file`);
  }

}
