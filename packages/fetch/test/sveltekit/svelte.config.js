import adapter from "@sveltejs/adapter-node";

export default {
  kit: {
    adapter: adapter({ precompress: false }),
    // Cases send forms that come from nowhere.
    csrf: { trustedOrigins: ["*"] },
  },
};
