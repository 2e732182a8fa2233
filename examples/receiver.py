import base64, hmac, http.server, sys
key = base64.b64decode(open(sys.argv[1]).read().strip().removeprefix("whsec_"))
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        self.send_response(204 if hmac.compare_digest(signature, self.headers["webhook-signature"]) else 401)
        self.end_headers() or print(body.decode(), flush=True)
http.server.HTTPServer(("127.0.0.1", 8080), Receiver).serve_forever()
