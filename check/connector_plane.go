package check

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hermod/wire"
)

const planeSection = "HTTP plane"

var planeRules = []connectorRule{
	{Check{Name: "plane.bearer", Section: planeSection,
		Rule: "a request without a bearer is refused with 401, and the failure is {\"error\"}"}, checkPlaneBearer},
	{Check{Name: "plane.malformed", Section: planeSection,
		Rule: "a body that is no JSON object is refused with 4xx, which is final, and the failure is {\"error\"}"}, checkPlaneMalformed},
	{Check{Name: "provision.bearer", Section: planeSection,
		Rule: "a provisioning without a bearer is refused with 401"}, checkProvisionBearer},
	{Check{Name: "media.round-trip", Section: planeSection,
		Rule: "a file that was uploaded is downloaded with the same bytes"}, checkMedia},
	{Check{Name: "media.bearer", Section: planeSection,
		Rule: "a file is not given out without a bearer"}, checkMediaBearer},
	{Check{Name: "media.size", Section: planeSection,
		Rule: "the answer to an upload tells the file's size"}, checkMediaSize},
	{Check{Name: "media.uploader", Section: planeSection,
		Rule: "a file is not taken without a bearer"}, checkMediaUploader},
	{Check{Name: "media.unknown", Section: planeSection,
		Rule: "a file that does not exist is 404"}, checkMediaUnknown},
	{Check{Name: "media.too-large", Section: planeSection, Slow: true,
		Rule: "a file of more than 25 MiB is answered with 413"}, checkMediaTooLarge},
	{Check{Name: "plane.policy", Section: planeSection, Destructive: true,
		Rule: "a policy is accepted"}, checkPolicy},
	{Check{Name: "plane.provision", Section: planeSection, Destructive: true,
		Rule: "a gateway that provisions itself gets credentials, or learns that its own stay valid"}, checkProvision},
	{Check{Name: "provision.withheld", Section: planeSection, Destructive: true,
		Rule: "where secretIssued is false, the answer has no secret and no delivery key"}, checkProvisionWithheld},
	{Check{Name: "provision.routes", Section: planeSection, Destructive: true,
		Rule: "the answer to a provisioning has the routeKeys, a list"}, checkProvisionRoutes},
	{Check{Name: "provision.other-id", Section: planeSection, Destructive: true,
		Rule: "a gateway can't provision another one's id"}, checkProvisionOtherID},
}

// answer is what the HTTP plane said.
type answer struct {
	status int
	frame
	body []byte
}

// call sends a request of the HTTP plane. A connector without the route makes the check not applicable.
func (g *player) call(method, path, authorization string, body io.Reader, size int64) answer {
	if path != wire.EnrollPath {
		g.needCredentials()
	}
	base, err := wire.BaseURL(g.URL)
	if err != nil {
		g.notApplicable("%v", err)
	}
	request, err := http.NewRequestWithContext(g.ctx, method, base+path, body)
	if err != nil {
		g.notApplicable("%v", err)
	}
	request.ContentLength = size
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	if path == wire.MediaPath {
		request.Header.Set("Content-Type", "text/plain")
		request.Header.Set(wire.MediaFilenameHeader, marker+".txt")
	}
	transport := &http.Transport{DialContext: g.Dial, TLSClientConfig: g.TLS}
	g.closes = append(g.closes, transport.CloseIdleConnections)
	g.noteSent(fmt.Sprintf("%s %s (%d bytes)", method, path, max(0, size)))
	response, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(request)
	g.require(err == nil, "an answer", "%s %s: %v", method, path, err)
	defer func() { _ = response.Body.Close() }()
	said, _ := io.ReadAll(io.LimitReader(response.Body, wire.MaxBody))
	g.noteCame(strings.TrimSpace(fmt.Sprintf("%s %s", response.Status, withoutSecrets(said))))
	return answer{response.StatusCode, parseFrame(said), said}
}

// withoutSecrets shows a body, unless credentials are in it.
func withoutSecrets(body []byte) string {
	if f := parseFrame(body); f.has("secret") || f.has("deliveryKey") {
		return "(credentials)"
	}
	return shown(body)
}

func (g *player) post(path, authorization, body string) answer {
	return g.call(http.MethodPost, path, authorization, strings.NewReader(body), int64(len(body)))
}

// needRoute ends the check for a connector that does not serve the path.
func (g *player) needRoute(a answer) {
	switch a.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		g.notApplicable("the connector does not serve this (HTTP %d)", a.status)
	}
}

func checkPlaneBearer(g *player) {
	a := g.post(wire.PolicyPath, "", `{"platform":"relay","requireAddress":true,"freeResponseScopes":[],"allowOtherBots":false}`)
	g.needRoute(a)
	g.requireRefused(a, http.StatusUnauthorized)
}

// upload stores a small file and returns its id.
func (g *player) upload(content string) string {
	a := g.post(wire.MediaPath, g.authorization(), content)
	g.needRoute(a)
	g.require(a.status/100 == 2, "HTTP 200", "the upload got HTTP %d", a.status)
	id, ok := a.text("id")
	g.require(ok && id != "", `a body {"id":…}`, "it is %s", shown(a.body))
	return id
}

func checkMedia(g *player) {
	content := "a file of " + marker
	id := g.upload(content)
	a := g.call(http.MethodGet, wire.MediaPath+"/"+id, g.authorization(), nil, 0)
	g.require(a.status == http.StatusOK && string(a.body) == content, "HTTP 200 and the file's bytes",
		"HTTP %d and %s came", a.status, shown(a.body))
}

func checkMediaBearer(g *player) {
	a := g.post(wire.MediaPath, g.authorization(), "a file of "+marker)
	id, ok := a.text("id")
	if !ok {
		g.needRoute(a)
		g.notApplicable("the upload failed; see media.round-trip")
	}
	a = g.call(http.MethodGet, wire.MediaPath+"/"+id, "", nil, 0)
	g.require(a.status == http.StatusUnauthorized || a.status == http.StatusForbidden, "HTTP 401", "HTTP %d came", a.status)
}

func checkMediaUnknown(g *player) {
	a := g.call(http.MethodGet, wire.MediaPath+"/"+marker, g.authorization(), nil, 0)
	g.require(a.status == http.StatusNotFound, "HTTP 404", "HTTP %d came", a.status)
}

func checkMediaTooLarge(g *player) {
	a := g.call(http.MethodPost, wire.MediaPath, g.authorization(),
		bytes.NewReader(make([]byte, wire.MaxMedia+1)), wire.MaxMedia+1)
	g.needRoute(a)
	g.require(a.status == http.StatusRequestEntityTooLarge, "HTTP 413", "HTTP %d came", a.status)
}

func checkPolicy(g *player) {
	a := g.post(wire.PolicyPath, g.authorization(), string(wire.AppendRelevancePolicy(nil,
		wire.RelevancePolicy{Platform: g.Identities[0].Platform, RequireAddress: true})))
	g.needRoute(a)
	g.require(a.status/100 == 2, "HTTP 200", "HTTP %d came", a.status)
}

// registration registers the first identity, with nothing that lasts but itself.
func (g *player) registration() wire.Registration {
	return wire.Registration{GatewayID: g.GatewayID, Platform: g.Identities[0].Platform, BotID: g.Identities[0].BotID}
}

// provision registers, with the gateway's own bearer.
func (g *player) provision(r wire.Registration) answer {
	a := g.post(wire.ProvisionPath, g.authorization(), string(wire.AppendRegistration(nil, r)))
	g.needRoute(a)
	return a
}

// provisioned is the answer to a provisioning that succeeded.
func (g *player) provisioned(r wire.Registration) answer {
	a := g.provision(r)
	if a.status/100 == 4 {
		g.notApplicable("this gateway may not provision itself (HTTP %d)", a.status)
	}
	if a.status/100 != 2 {
		g.notApplicable("it failed (HTTP %d); see plane.provision", a.status)
	}
	return a
}

func checkProvision(g *player) {
	a := g.provision(g.registration())
	if a.status/100 == 4 {
		g.notApplicable("this gateway may not provision itself (HTTP %d)", a.status)
	}
	g.require(a.status/100 == 2, "HTTP 200 and credentials", "HTTP %d came", a.status)
	issued, known := a.flag("secretIssued")
	secret, _ := a.text("secret")
	g.require(a.is("gatewayId", g.GatewayID) && (secret != "" || known && !issued),
		"the gateway's id, and a secret unless secretIssued is false", "the body has other members")
}

func checkProvisionWithheld(g *player) {
	a := g.provisioned(g.registration())
	if issued, known := a.flag("secretIssued"); issued || !known {
		g.notApplicable("the answer does not say that secretIssued is false")
	}
	for _, name := range []string{"secret", "deliveryKey"} {
		value, _ := a.text(name)
		g.require(value == "", name+" is absent or blank", "there is one")
	}
}

func checkProvisionRoutes(g *player) {
	a := g.provisioned(g.registration())
	g.require(strings.HasPrefix(string(a.members["routeKeys"]), "["), "routeKeys, a list", "it is %s", shown(a.members["routeKeys"]))
}

func checkProvisionOtherID(g *player) {
	r := g.registration()
	r.GatewayID += "-" + marker
	a := g.provision(r)
	g.requireRefused(a, http.StatusUnauthorized, http.StatusForbidden)
}

func checkProvisionBearer(g *player) {
	a := g.post(wire.ProvisionPath, "", string(wire.AppendRegistration(nil, g.registration())))
	g.needRoute(a)
	g.requireRefused(a, http.StatusUnauthorized)
}

func checkPlaneMalformed(g *player) {
	a := g.post(wire.PolicyPath, g.authorization(), `["platform"]`)
	g.needRoute(a)
	g.require(a.status/100 == 4, "HTTP 4xx, which says that the same body will never do", "HTTP %d came", a.status)
	_, ok := a.text("error")
	g.require(ok, `a body {"error":…}`, "it is %s", shown(a.body))
}

func checkMediaSize(g *player) {
	content := "a file of " + marker
	a := g.post(wire.MediaPath, g.authorization(), content)
	g.needRoute(a)
	if a.status/100 != 2 {
		g.notApplicable("the upload failed; see media.round-trip")
	}
	size := string(a.members["size"])
	g.require(size == strconv.Itoa(len(content)), fmt.Sprintf(`"size":%d`, len(content)), "it is %s", shown([]byte(size)))
}

func checkMediaUploader(g *player) {
	a := g.post(wire.MediaPath, "", "a file of "+marker)
	g.needRoute(a)
	g.requireRefused(a, http.StatusUnauthorized, http.StatusForbidden)
}
