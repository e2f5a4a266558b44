import { pageFile } from "../../lib/page-file.js";

export const dynamic = "force-dynamic";
export const GET = pageFile;
