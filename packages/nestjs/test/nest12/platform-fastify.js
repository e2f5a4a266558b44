export * from "@nestjs/platform-fastify";
