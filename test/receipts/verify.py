"""Verifies a file of receipts by Python's standard library and the openssl command: a second opinion that shares no code.

Prints {"valid": true, "lines": n, "device": n}, or {"valid": false, "position": n, "reason": "..."}."""

import argparse, base64, hashlib, json, os, pathlib, re, subprocess, sys, tempfile, time

TOLERANCE, ED25519_SPKI, SIGNED_PARTS = 60_000, bytes.fromhex("302a300506032b6570032100"), ("clientDataJSON", "authenticatorData", "signature")

class Refused(Exception): ...

def must(holds, reason):
    if not holds: raise Refused(reason)

unb64 = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

sha256 = lambda data: b64(hashlib.sha256(data.encode() if isinstance(data, str) else data).digest())

b64 = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def parsed(data):
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_int=str, parse_constant=int)
        return value if isinstance(value, dict) else {}
    except (ValueError, RecursionError):
        return {}

def canonical(value, depth=0):
    """RFC 8785, of texts, exact integers, booleans and objects: there are no lists."""
    if isinstance(value, dict):
        must(depth < 64 and "__proto__" not in value, "line_malformed")
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name], depth + 1) for name in names) + "}"
    must(isinstance(value, (str, bool)) or (isinstance(value, int) and abs(value) < 2**53), "line_malformed")
    return json.dumps(value, ensure_ascii=False)

def is_signed(spki, digest, signature, data):
    """Asks openssl. `digest`: options for it to make one."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("key", "sig", "data")]
        [pathlib.Path(file).write_bytes(content) for file, content in zip(files, (spki, signature, data))]
        command = ["openssl", "pkeyutl", "-verify", "-rawin", *digest, "-pubin", "-keyform", "DER"]
        return not subprocess.run([*command, "-inkey", files[0], "-sigfile", files[1], "-in", files[2]], capture_output=True).returncode

encoded = lambda text: re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1 and b64(unb64(text)) == text
text_of = lambda data: data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
is_text = lambda value: type(value) is str
is_flag = lambda value: type(value) is bool
is_count = lambda value: type(value) is int and 0 <= value <= 8_640_000_000_000_000
are_texts = lambda value: all(map(is_text, value.values()))
is_key = lambda key: (key["kty"], key["crv"], key.get("alg", "EdDSA"), key.get("use", "sig")) == ("OKP", "Ed25519", "EdDSA", "sig") and encoded(key["x"]) and len(key["x"]) == 43 and is_text(key["kid"])
is_assertion = lambda value: is_text(value["credentialId"]) and len(value["clientDataJSON"]) <= 8192 and all(encoded(value[name]) for name in SIGNED_PARTS)

def is_statement(value):
    bound, others = value.get("bound", {}), {name: of for name, of in value.items() if name not in ("v", "bound")}
    is_flat = not any(isinstance(of, dict) for of in bound.values())
    return is_flat and type(value["v"]) is int and value["v"] == 1 and {"action", "iss"} <= set(others) and are_texts(others)

TEXTS = "id type iss previous outcome decision user reviewer digest shownText method authenticator credentialId of reason"
FORMS = {**dict.fromkeys(TEXTS.split(), is_text), **dict.fromkeys(("at", "batch", "position", "approvers"), is_count)}
FORMS |= {"nonce": encoded, "publicKey": encoded, "by": are_texts, "votes": are_texts, "isLate": is_flag, "statement": is_statement, "assertion": is_assertion}
REQUIRED = {"head": "batch position previous iss", "decided": "outcome statement", "enrolled": "method", "executed": "of", "revoked": "of"}
REQUIRED |= {"approved": "decision user statement nonce digest by", "voted": "decision reviewer statement nonce digest"}

def is_entry(entry):
    names = {*entry, "id", "type", "at", *REQUIRED.get(str(entry["type"]), "").split()}
    return all(FORMS[name](entry[name]) for name in names if name in FORMS)

class Verifier:
    def __init__(self, lines, keys, options):
        self.lines, self.rp_id, self.origins, self.excerpt = lines, options.rp_id, options.origin, options.excerpt
        self.reviewers_rp_id = options.reviewers_rp_id or self.rp_id
        assert isinstance(keys, list) and all(map(is_key, keys)) and len({key["kid"] for key in keys}) == len(keys)
        self.keys = {b64(canonical({"alg": "EdDSA", "kid": key["kid"]}).encode()): ED25519_SPKI + unb64(key["x"]) for key in keys}
        self.known, self.revoked, self.credentials, self.position, self.closed, self.gap = {}, {}, {}, 0, True, False
        self.previous, self.batch, self.issuer, self.latest, self.head_at, self.device = sha256("require-action/receipts/1"), 0, None, 0, 0, 0

    def line(self, text):
        try:
            entry = (line := json.loads(text))["entry"]
            well_formed = ",".join(line) in ("entry,position,previous", "entry,position,previous,signature") and canonical(line) == text
            well_formed = well_formed and [type(line[name]) for name in line if name != "entry"] in ([int, str], [int, str, str])
            well_formed = well_formed and ((withheld := isinstance(entry, str)) or is_entry(entry))
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
        must(entry["type"] in REQUIRED, "entry_unknown")
        getattr(self, "on_" + entry["type"])(entry, line)
        self.known[entry["id"]] = entry

    def signed(self, line):
        header, _, value = line.get("signature", "").partition("..")
        must(header in self.keys, "key_unknown")
        data = header + "." + b64(canonical(line["entry"]).encode())
        must(encoded(value) and is_signed(self.keys[header], [], unb64(value), data.encode()), "signature_wrong")

    def same_issuer(self, issuer):
        must(self.issuer in (None, issuer), "issuer_wrong")
        self.issuer = issuer

    is_revoked = lambda self, of, at: of in self.revoked and at > self.revoked[of] + TOLERANCE

    def on_head(self, entry, line):
        self.signed(line)
        must((batch := entry["batch"]) == self.batch + 1 or (self.gap and batch > self.batch + 1), "head_wrong")
        must((entry["position"], entry["previous"]) == (line["position"], line["previous"]), "head_wrong")
        self.same_issuer(entry["iss"])
        must(self.latest <= entry["at"] + TOLERANCE, "time_after_head")
        self.batch, self.latest, self.head_at, self.closed, self.gap = batch, 0, entry["at"], True, False

    on_decided = lambda self, entry, _line: self.same_issuer(entry["statement"]["iss"])

    def on_enrolled(self, entry, _line):
        if "credentialId" not in entry: return
        before = self.credentials.get(key := (entry["credentialId"], "reviewer" in entry), {"id": None})["id"]
        must(before is None or before in self.revoked, "credential_repeated")
        self.credentials[key] = {**entry, "count": 0, "latest": []}

    def on_revoked(self, entry, _line):
        if entry["of"] in self.known: self.revoked.setdefault(entry["of"], entry["at"])

    def on_executed(self, entry, _line):
        of, approval = entry["of"], self.known.get(entry["of"], {})
        must(approval.get("type") == "approved" or approval.get("outcome") == "ALLOW", "approval_missing")
        must(entry["id"] == "executed:" + of.partition(":")[2], "entry_unknown")
        must(not self.is_revoked(of, entry["at"]), "approval_revoked")

    def statement(self, entry, line):
        self.signed(line)
        digest = sha256(b"require-action/approve/1\0" + canonical(statement := entry["statement"]).encode() + unb64(entry["nonce"]))
        must(digest == entry["digest"] and entry["id"] == entry["type"] + ":" + digest, "digest_wrong")
        self.same_issuer(statement["iss"])
        return statement

    def on_approved(self, entry, line):
        statement, user = self.statement(entry, line), entry["user"]
        shown = sha256(entry["shownText"]) if "shownText" in entry else None
        must(statement.get("displayHash") == shown, "display_wrong")
        must(statement.get("user", user) == user, "user_wrong")
        self.compare(statement, user, self.known.get(entry["decision"]))
        self.votes(entry)
        self.device_signed(entry, "user", self.rp_id)

    def on_voted(self, entry, line):
        statement = dict(self.statement(entry, line))
        must(statement.pop("reviewer", None) == entry["reviewer"], "reviewer_wrong")
        self.compare(statement, statement.get("user"), self.known.get(entry["decision"]))
        self.device_signed(entry, "reviewer", self.reviewers_rp_id)

    def votes(self, entry):
        for reviewer, of in (votes := entry.get("votes", {})).items():
            of_vote = [(vote := self.known.get(of, {})).get(name) for name in ("type", "reviewer", "decision")]
            must(of_vote == ["voted", reviewer, entry["decision"]], "vote_missing")
            credential = self.credentials.get((vote.get("assertion", {}).get("credentialId"), True), {"id": None})
            must(not self.is_revoked(credential["id"], entry["at"]), "vote_withdrawn")
        must(len(votes) >= self.known.get(entry["decision"], {}).get("approvers", 0), "votes_too_few")

    def device_signed(self, entry, whose, rp_id):
        if not isinstance(assertion := entry.get("assertion"), dict): return
        own, others = [self.credentials.get((assertion["credentialId"], is_reviewer)) for is_reviewer in (whose == "reviewer", whose != "reviewer")]
        mark = '"credentialId":' + canonical(assertion["credentialId"])
        later = any(mark in text and '"type":"enrolled"' in text for text in self.lines)
        must(credential := own or others, "credential_enrolled_later" if later else "credential_unknown")
        must(not self.is_revoked(credential["id"], entry["at"]), "credential_revoked")
        must(credential.get(whose) == entry[whose], "credential_of_other_user")
        self.passkey(assertion, entry["digest"], entry["at"], credential, rp_id)
        self.device += 1

    def compare(self, statement, user, decided):
        if decided is None or decided["type"] != "decided": return
        of = decided["statement"]
        must(statement.get("policyVersion") in (None, of.get("policyVersion")), "policy_version_wrong")
        must(of.get("user") == user, "decision_differs")
        others = {name: value for name, value in statement.items() if name not in ("displayHash", "locale", "policyVersion")}
        must(all(name in of and canonical(of[name]) == canonical(value) for name, value in others.items()), "decision_differs")
        must("user" not in others or ("bound" in others) == ("bound" in of), "decision_differs")

    def passkey(self, assertion, digest, at, credential, rp_id):
        client_data, data, signature = [unb64(assertion[name]) for name in SIGNED_PARTS]
        said = parsed(client_data)
        must(said.get("type") == "webauthn.get", "ceremony_wrong")
        must(said.get("challenge") == digest, "challenge_wrong")
        page = re.fullmatch(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(:[1-9][0-9]{0,4})?", str(said.get("origin")))
        of_party = page and ("." + page[2]).endswith("." + rp_id) and (page[1] == "https" or page[2] == "localhost")
        must(said.get("origin") in self.origins if self.origins else of_party, "origin_wrong")
        must(len(data) >= 37, "assertion_wrong")
        must(data[:32] == hashlib.sha256(rp_id.encode()).digest(), "rp_id_wrong")
        must(data[32] & 1, "user_not_present")
        must(data[32] & 4, "user_not_verified")
        count = int.from_bytes(data[33:37], "big")
        near = [use for use in credential["latest"] if abs(use[1] - at) < TOLERANCE]
        settled = max([credential["count"]] + [use[0] for use in credential["latest"] if use not in near])
        most, is_new = max([0] + [use[0] for use in near]), count not in [use[0] for use in near]
        is_fit = count > settled and is_new and (count > most or at > self.head_at - TOLERANCE)
        must(is_fit or count == settled == most == 0, "counter_regressed")
        digest = [] if (spki := unb64(credential.get("publicKey", ""))).startswith(ED25519_SPKI[:9]) else ["-digest", "sha256"]
        must(is_signed(spki, digest, signature, data + hashlib.sha256(client_data).digest()), "assertion_wrong")
        credential["count"], credential["latest"] = settled, [*near, (count, at)]

def main():
    sys.setrecursionlimit(20_000) # for client data as deep as it may be
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    more = (("checkpoint", {}), ("reviewers-rp-id", {}), ("origin", {"action": "append", "default": []}), ("excerpt", {"action": "store_true"}))
    for option, terms in (("jwks", {"required": True}), ("rp-id", {"required": True}), *more):
        parser.add_argument("--" + option, **terms)
    options, read = parser.parse_args(), lambda path: text_of(pathlib.Path(path).read_bytes())
    try:
        lines = [line for line in re.split("\r?\n", read(options.file)) if line != ""]
        verifier, position = Verifier(lines, json.loads(read(options.jwks))["keys"], options), 0
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
        sys.exit("a file is not UTF-8, or the key set none of Ed25519 keys, each with a kid")
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
