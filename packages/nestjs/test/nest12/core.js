export * from "@nestjs/core";
