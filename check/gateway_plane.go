package check

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"hermod/wire"
)

var gatewayPlaneRules = []gatewayRule{
	{Check{Name: "plane.enroll", Section: planeSection,
		Rule: "an enrolment has the enrolment token and the gateway's id, and bears an identity token"}, checkPlaneEnroll},
	{Check{Name: "plane.provision", Section: planeSection,
		Rule: "a provisioning has the gateway's id, a platform, and members of their types"}, checkPlaneProvision},
	{Check{Name: "plane.policy", Section: planeSection,
		Rule: "a policy has a platform, two flags and the scopes, a list, and bears a token of the gateway"}, checkPlanePolicy},
	{Check{Name: "media.token", Section: planeSection,
		Rule: "a file of the connector is asked for with a token of the gateway"}, checkMediaToken},
	{Check{Name: "media.leak", Section: planeSection,
		Rule: "the token goes to no URL that is not of the connector's files, and across no redirect"}, checkMediaLeak},
	{Check{Name: "wake.get", Section: planeSection,
		Rule: "a plain GET of the wake URL is answered with 2xx"}, checkWakeGet},
}

// asked returns the POST requests for a path, and ends the check if there were none.
func (h *host) asked(path string) []planeRequest {
	h.dialled() // requests come before a dial
	var posts []planeRequest
	for _, r := range h.plane.seen(path) {
		if r.method == http.MethodPost {
			posts = append(posts, r)
		}
	}
	if len(posts) == 0 {
		h.notApplicable("the gateway has not asked for %s", path)
	}
	return posts
}

// requireWords is broken unless these members are strings.
func (h *host) requireWords(r planeRequest, names ...string) {
	for _, name := range names {
		_, ok := r.body.text(name)
		h.require(ok, name+", a string", "%s has %s", r.path, shown(r.body.members[name]))
	}
}

// requireWordList is broken unless the member is a list of strings.
func (h *host) requireWordList(r planeRequest, name string) {
	_, ok := r.body.words(name)
	h.require(ok, name+", a list of strings", "%s has %s", r.path, shown(r.body.members[name]))
}

func checkPlaneEnroll(h *host) {
	for _, r := range h.asked(wire.EnrollPath) {
		scheme, token, _ := strings.Cut(r.authorization, " ")
		h.require(strings.EqualFold(scheme, "Bearer") && token != "", "Authorization: Bearer and an identity token", "there is none")
		_, known := r.body.text("enrollmentToken")
		h.require(known, "enrollmentToken, a string", "it is missing or no string")
		h.require(h.GatewayID == "" || r.body.is("gatewayId", h.GatewayID), "the gatewayId "+h.GatewayID,
			"it is %s", shown(r.body.members["gatewayId"]))
	}
}

func checkPlaneProvision(h *host) {
	for _, r := range h.asked(wire.ProvisionPath) {
		h.require(h.GatewayID == "" || r.body.is("gatewayId", h.GatewayID), "the gatewayId "+h.GatewayID,
			"it is %s", shown(r.body.members["gatewayId"]))
		h.requireWords(r, "platform", "botId", "gatewayEndpoint")
		h.requireWordList(r, "routeKeys")
		for _, name := range []string{"instanceId", "wakeUrl", "displayName"} {
			if r.body.has(name) {
				h.requireWords(r, name)
			}
		}
		name, _ := r.body.text("displayName")
		length := utf8.RuneCountInString(name)
		h.require(length <= wire.MaxDisplayName, fmt.Sprintf("a displayName of at most %d characters", wire.MaxDisplayName),
			"it has %d", length)
	}
}

func checkPlanePolicy(h *host) {
	for _, r := range h.asked(wire.PolicyPath) {
		h.require(r.proven, "a token of the gateway", "the policy bears none that is right")
		h.requireWords(r, "platform")
		for _, name := range []string{"requireAddress", "allowOtherBots"} {
			_, ok := r.body.flag(name)
			h.require(ok, name+", true or false", "it is %s", shown(r.body.members[name]))
		}
		h.requireWordList(r, "freeResponseScopes")
	}
}

// offer delivers an event with files, and waits until it is handled.
func (h *host) offer(paths ...string) {
	a := h.acking()
	scheme := "http://"
	if h.TLS != nil {
		scheme = "https://"
	}
	id := h.bufferID()
	urls := `"` + scheme + a.host + strings.Join(paths, `","`+scheme+a.host) + `"`
	event := strings.Replace(h.event("-files", ""), `"message_type":"text"`, `"message_type":"document","media_urls":[`+urls+`]`, 1)
	a.send(wire.AppendInbound(nil, []byte(event), id))
	if _, ok := h.await(a.link, handleTime, ackOf(id)); !ok {
		h.notApplicable("an event with files is not acknowledged; see delivery.lenient")
	}
}

func checkMediaToken(h *host) {
	h.offer(ownFile)
	requests := h.plane.seen(ownFile)
	if len(requests) == 0 {
		h.notApplicable("the gateway does not read the files of events")
	}
	for _, r := range requests {
		h.require(r.proven, "a token of the gateway", "a download bears none that is right")
	}
}

func checkMediaLeak(h *host) {
	h.offer(movedFile, foreignPath+"/other")
	requests := h.plane.seen(foreignPath)
	if len(requests) == 0 {
		h.notApplicable("the gateway does not read the files of events")
	}
	for _, r := range requests {
		h.require(r.authorization == "", "no Authorization", "%s was asked for with one", r.path)
	}
}

// wakeURL is the one that was given, or else that of the last provisioning.
func (h *host) wakeURL() string {
	if h.WakeURL != "" {
		return h.WakeURL
	}
	var found string
	for _, r := range h.plane.seen(wire.ProvisionPath) {
		if named, ok := r.body.text("wakeUrl"); ok {
			found = named
		}
	}
	return found
}

func checkWakeGet(h *host) {
	h.dialled()
	target := h.wakeURL()
	if target == "" {
		h.notApplicable("the gateway has no wake URL (--wake-url)")
	}
	request, err := http.NewRequestWithContext(h.ctx, http.MethodGet, target, nil)
	if u, _ := url.Parse(target); err != nil || u.Scheme != "http" && u.Scheme != "https" {
		h.broken("an absolute http or https URL", "the wake URL is none")
	}
	transport := &http.Transport{DialContext: h.Dial, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h.noteSent("GET of the wake URL")
	response, err := client.Do(request)
	h.require(err == nil, "HTTP 2xx", "the wake URL was not reached")
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, wire.MaxBody)
	h.require(response.StatusCode/100 == 2, "HTTP 2xx", "HTTP %d came", response.StatusCode)
}
