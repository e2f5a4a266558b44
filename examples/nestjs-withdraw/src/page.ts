import { Controller, Get, Req, Res } from "@nestjs/common";
import { pagePaths, readPageFile } from "@require-action-examples/bank";
import type { Request, Response } from "express";

/** Serves the bank's page. */
@Controller()
export class Page {
  @Get([...pagePaths])
  read(@Req() { path }: Request, @Res() response: Response): void {
    const { headers, body } = readPageFile(path);
    response.set(headers).send(body);
  }
}
