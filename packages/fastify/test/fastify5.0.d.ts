declare module "fastify5.0" {
  import fastify from "fastify";
  export default fastify;
}
