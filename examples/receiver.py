import base64, hmac, http.server, sys, time

key = base64.b64decode(open(sys.argv[1]).read().strip().removeprefix("whsec_"))


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = self.headers["webhook-timestamp"]
        signed = f"{self.headers['webhook-id']}.{sent}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        genuine = hmac.compare_digest(signature, self.headers["webhook-signature"])
        if genuine and abs(time.time() - int(sent)) < 300:
            print(body.decode(), flush=True)
            self.send_response(204)
        else:
            self.send_response(401)
        self.end_headers()


http.server.HTTPServer(("127.0.0.1", 8080), Receiver).serve_forever()
