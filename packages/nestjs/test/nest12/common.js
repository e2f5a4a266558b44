export * from "@nestjs/common";
