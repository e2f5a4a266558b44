import { createActionFetch, createChallenge, type OpenChallenge } from "@require-action/client";

/** Shows challenges with `render`, which draws a state and calls back for what the user does. */
export function actionFetchWith(render: (challenge: OpenChallenge) => void): ReturnType<typeof createActionFetch> {
  return createActionFetch({
    present(prompt, { signal }) {
      const challenge = createChallenge(prompt.token ?? "", { baseUrl: "https://auth.example.com/v1", signal });
      challenge.subscribe(() => render(challenge));
      return challenge.result;
    },
  });
}
