"""A signed request for the code of functions, by the standard library alone: an emulator's Python may lack the SDK that AWS's has."""

SIGNED_CALL = '''
import datetime, hashlib, hmac, os, urllib.error, urllib.parse, urllib.request


def call(service, body, **headers):
    """POST a request signed by Signature Version 4 and return (status, text). `headers`: names with _ for -, beside host and date."""
    region = os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.amazonaws.com"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    sent |= {"host": urllib.parse.urlsplit(url).netloc, "x-amz-date": now}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        sent["x-amz-security-token"] = token
    names, digest = sorted(sent), hashlib.sha256(body).hexdigest()
    lines = ["POST", "/", "", *(f"{name}:{sent[name]}" for name in names), "", ";".join(names), digest]
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256("\\n".join(lines).encode()).hexdigest()
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope.split("/"), "\\n".join(["AWS4-HMAC-SHA256", now, scope, hashed])):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={key.hex()}"
    )
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/", body, sent), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
'''
