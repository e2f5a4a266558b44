import { Test } from "@nestjs/testing";
import { createScriptedProvider } from "@require-action/testing";
import request from "supertest";
import { AppModule } from "./app";

it("withdraws once the challenge is completed", async () => {
  const provider = createScriptedProvider();
  const module = await Test.createTestingModule({ imports: [AppModule.with(provider)] }).compile();
  const app = module.createNestApplication();
  await app.init();
  const withdraw = () => request(app.getHttpServer()).post("/withdrawals").send({ amount: "1.00" });
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = (await withdraw().expect(403)).body;
  const resultToken = provider.completeChallenge(token);
  await withdraw().set("Action-Token", resultToken).expect(200, { withdrawn: "001.00" });
  await withdraw().set("Action-Token", resultToken).expect(409);
  await app.close();
});
