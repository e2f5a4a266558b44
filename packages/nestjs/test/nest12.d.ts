declare module "nest12/common" {
  export { HttpException } from "@nestjs/common";
}

declare module "nest12/platform-fastify" {
  export { FastifyAdapter } from "@nestjs/platform-fastify";
}

declare module "nest12/core" {}

declare module "nest12/platform-express" {}
