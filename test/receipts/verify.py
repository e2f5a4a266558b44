"""Verifies a file of receipts by Python's standard library and the openssl command: a second opinion that shares no code.

Prints {"valid": true, "lines": n, "device": n}, or {"valid": false, "position": n, "reason": "..."}.
"""

import argparse, base64, hashlib, json, os, pathlib, subprocess, sys, tempfile, time
from urllib.parse import urlsplit

TOLERANCE, ED25519_SPKI = 60_000, bytes.fromhex("302a300506032b6570032100")

class Refused(Exception): ...

def must(holds, reason):
    if not holds:
        raise Refused(reason)

def unb64(text):
    return base64.urlsafe_b64decode(str(text) + "=" * (-len(str(text)) % 4))

def sha256(data):
    return b64(hashlib.sha256(data.encode() if isinstance(data, str) else data).digest())

def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def parsed(data):
    try:
        return json.loads(data)
    except ValueError:
        return {}

def canonical(value):
    """RFC 8785, of texts, integers, booleans and objects: there are no lists."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    must(value is None or isinstance(value, (str, bool, int)), "line_malformed")
    return json.dumps(value, ensure_ascii=False)

def is_signed(spki, kind, signature, data):
    """Asks openssl. `kind`: ed25519, or a digest for it to make."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("key", "sig", "data")]
        [pathlib.Path(file).write_bytes(content) for file, content in zip(files, (spki, signature, data))]
        if kind == "ed25519":
            names = ["-inkey", files[0], "-sigfile", files[1], "-in", files[2]]
            command = ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", *names]
        else:
            command = ["dgst", "-sha256", "-keyform", "DER", "-verify", files[0], "-signature", files[1], files[2]]
        return subprocess.run(["openssl", *command], capture_output=True).returncode == 0

class Verifier:
    def __init__(self, lines, keys, options):
        self.lines, self.rp_id, self.origins, self.excerpt = lines, options.rp_id, options.origin, options.excerpt
        self.reviewers_rp_id = options.reviewers_rp_id or self.rp_id
        self.keys = {key["kid"]: ED25519_SPKI + unb64(key["x"]) for key in keys if key["crv"] == "Ed25519"}
        self.known, self.revoked, self.credentials = {}, {}, {}
        self.previous, self.batch, self.issuer, self.latest, self.device = sha256("require-action/receipts/1"), 0, None, 0, 0
        self.position, self.closed, self.gap = 0, True, False

    def line(self, text):
        try:
            line = json.loads(text)
            entry = line["entry"]
            well_formed = ",".join(line) in ("entry,position,previous", "entry,position,previous,signature")
            well_formed = well_formed and canonical(line) == text and type(line["position"]) is int
            if not (withheld := isinstance(entry, str)):
                well_formed = well_formed and [type(entry[name]) for name in ("id", "type", "at")] == [str, str, int]
        except Exception:
            well_formed = False
        must(well_formed, "line_malformed")
        must(self.excerpt or not withheld, "line_withheld")
        self.gap = self.gap or (self.excerpt and self.closed and line["position"] > self.position + 1)
        must(line["position"] == self.position + 1 or (self.gap and self.closed), "position_wrong")
        must(line["previous"] == self.previous or (self.gap and self.closed), "chain_broken")
        left = entry if withheld else sha256(canonical(entry))
        self.position, self.previous, self.closed = line["position"], sha256(canonical({**line, "entry": left})), False
        if withheld: return
        must(entry["id"] not in self.known, "entry_repeated")
        must(entry["id"].startswith(entry["type"] + ":"), "entry_unknown")
        must(entry["at"] <= time.time() * 1000 + TOLERANCE, "time_in_future")
        self.latest = self.latest if entry["type"] == "head" else max(self.latest, entry["at"])
        must(entry["type"] in ("head", "approved", "voted", "decided", "enrolled", "executed", "revoked"), "entry_unknown")
        getattr(self, "on_" + entry["type"])(entry, line)
        self.known[entry["id"]] = entry

    def signed(self, line):
        header, _, rest = str(line.get("signature", "")).partition(".")
        payload, _, signature = rest.partition(".")
        fields = parsed(unb64(header))
        must(payload == "" and fields.get("alg") == "EdDSA", "signature_wrong")
        must(fields.get("kid") in self.keys, "key_unknown")
        data = (header + "." + b64(canonical(line["entry"]).encode())).encode()
        must(is_signed(self.keys[fields["kid"]], "ed25519", unb64(signature), data), "signature_wrong")

    def same_issuer(self, issuer):
        must(isinstance(issuer, str) and self.issuer in (None, issuer), "issuer_wrong")
        self.issuer = issuer

    def is_revoked(self, of, at):
        return of in self.revoked and at > self.revoked[of] + TOLERANCE

    def on_head(self, entry, line):
        self.signed(line)
        must((batch := entry.get("batch")) == self.batch + 1 or (self.gap and batch > self.batch + 1), "head_wrong")
        must((entry.get("position"), entry.get("previous")) == (line["position"], line["previous"]), "head_wrong")
        self.same_issuer(entry.get("iss"))
        must(self.latest <= entry["at"] + TOLERANCE, "time_after_head")
        self.batch, self.latest, self.closed, self.gap = batch, 0, True, False

    def on_decided(self, entry, _line):
        must(isinstance(entry.get("statement"), dict), "line_malformed")
        self.same_issuer(entry["statement"].get("iss"))

    def on_enrolled(self, entry, _line):
        if isinstance(entry.get("credentialId"), str):
            must(entry["credentialId"] not in self.credentials, "credential_repeated")
            self.credentials[entry["credentialId"]] = {**entry, "count": 0}

    def on_revoked(self, entry, _line):
        if entry.get("of") in self.known:
            self.revoked.setdefault(entry["of"], entry["at"])

    def on_executed(self, entry, _line):
        of = str(entry.get("of"))
        approval = self.known.get(of, {})
        must(approval.get("type") == "approved" or approval.get("outcome") == "ALLOW", "approval_missing")
        must(entry["id"] == "executed:" + of.partition(":")[2], "entry_unknown")
        must(not self.is_revoked(of, entry["at"]), "approval_revoked")

    def statement(self, entry, line, whose):
        self.signed(line)
        statement, known = entry.get("statement"), [type(entry.get(name)) for name in ("nonce", whose)] == [str, str]
        must(isinstance(statement, dict) and known, "line_malformed")
        digest = sha256(b"require-action/approve/1\0" + canonical(statement).encode() + unb64(entry["nonce"]))
        must(digest == entry.get("digest") and entry["id"] == entry["type"] + ":" + digest, "digest_wrong")
        self.same_issuer(statement.get("iss"))
        return statement

    def on_approved(self, entry, line):
        statement, user = self.statement(entry, line, "user"), entry.get("user")
        shown = sha256(entry["shownText"]) if isinstance(entry.get("shownText"), str) else None
        must(statement.get("displayHash") == shown, "display_wrong")
        must(statement.get("user", user) == user, "user_wrong")
        self.compare(statement, user, self.known.get(str(entry.get("decision"))))
        self.votes(entry)
        self.device_signed(entry, "user", self.rp_id)

    def on_voted(self, entry, line):
        statement = self.statement(entry, line, "reviewer")
        must(statement.pop("reviewer", None) == entry["reviewer"], "reviewer_wrong")
        self.compare(statement, statement.get("user"), self.known.get(str(entry.get("decision"))))
        self.device_signed(entry, "reviewer", self.reviewers_rp_id)

    def votes(self, entry):
        votes = entry.get("votes", {})
        must(isinstance(votes, dict), "line_malformed")
        for reviewer, of in votes.items():
            vote = self.known.get(str(of), {})
            of_this = [vote.get(name) for name in ("type", "reviewer", "decision")] == ["voted", reviewer, entry.get("decision")]
            must(of_this, "vote_missing")
            credential = self.credentials.get(vote.get("assertion", {}).get("credentialId"), {"id": None})
            must(not self.is_revoked(credential["id"], entry["at"]), "vote_withdrawn")
        must(len(votes) >= self.known.get(str(entry.get("decision")), {}).get("approvers", 0), "votes_too_few")

    def device_signed(self, entry, whose, rp_id):
        if not isinstance(assertion := entry.get("assertion"), dict): return
        credential = self.credentials.get(str(assertion.get("credentialId")))
        mark = '"credentialId":' + canonical(str(assertion.get("credentialId")))
        later = any(mark in text and '"type":"enrolled"' in text for text in self.lines)
        must(credential, "credential_enrolled_later" if later else "credential_unknown")
        must(not self.is_revoked(credential["id"], entry["at"]), "credential_revoked")
        must(credential.get(whose) == entry[whose], "credential_of_other_user")
        self.passkey(assertion, entry["digest"], credential, rp_id)
        self.device += 1

    def compare(self, statement, user, decided):
        if decided is None or decided["type"] != "decided":
            return
        of = decided["statement"]
        must(statement.get("policyVersion") in (None, of.get("policyVersion")), "policy_version_wrong")
        must(of.get("user") == user, "decision_differs")
        others = {name: value for name, value in statement.items() if name not in ("displayHash", "locale", "policyVersion")}
        must(all(name in of and canonical(of[name]) == canonical(value) for name, value in others.items()), "decision_differs")
        must("user" not in others or ("bound" in others) == ("bound" in of), "decision_differs")

    def passkey(self, assertion, digest, credential, rp_id):
        client_data, data = unb64(assertion.get("clientDataJSON", "")), unb64(assertion.get("authenticatorData", ""))
        said = parsed(client_data)
        must(said.get("type") == "webauthn.get", "ceremony_wrong")
        must(said.get("challenge") == digest, "challenge_wrong")
        origin = str(said.get("origin"))
        page = urlsplit(origin)
        of_party = ("." + str(page.hostname)).endswith("." + rp_id) and origin == f"{page.scheme}://{page.netloc}"
        of_party = of_party and (page.scheme == "https" or page.hostname == "localhost")
        must(origin in self.origins if self.origins else of_party, "origin_wrong")
        must(len(data) >= 37, "assertion_wrong")
        must(data[:32] == hashlib.sha256(rp_id.encode()).digest(), "rp_id_wrong")
        must(data[32] & 1, "user_not_present")
        must(data[32] & 4, "user_not_verified")
        count = int.from_bytes(data[33:37], "big")
        must(count == credential["count"] == 0 or count > credential["count"], "counter_regressed")
        spki = unb64(credential.get("publicKey", ""))
        kind = "ed25519" if spki.startswith(ED25519_SPKI) else "sha256"
        signed = data + hashlib.sha256(client_data).digest()
        must(is_signed(spki, kind, unb64(assertion.get("signature", "")), signed), "assertion_wrong")
        credential["count"] = count

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    more = (("checkpoint", {}), ("reviewers-rp-id", {}), ("origin", {"action": "append", "default": []}), ("excerpt", {"action": "store_true"}))
    for option, terms in (("jwks", {"required": True}), ("rp-id", {"required": True}), *more):
        parser.add_argument("--" + option, **terms)
    options = parser.parse_args()
    read = lambda path: pathlib.Path(path).read_bytes().decode()
    lines = [line for line in read(options.file).split("\n") if line != ""]
    verifier, position = Verifier(lines, json.loads(read(options.jwks))["keys"], options), 0
    try:
        must(lines, "file_empty")
        for position, line in enumerate(lines, 1):
            verifier.line(line)
        must(verifier.closed, "file_truncated")
        must(options.checkpoint is None or read(options.checkpoint).strip() in lines, "checkpoint_missed")
        print(json.dumps({"valid": True, "lines": len(lines), "device": verifier.device}))
    except Refused as refused:
        print(json.dumps({"valid": False, "position": position, "reason": str(refused)}))
        sys.exit(1)

main()
