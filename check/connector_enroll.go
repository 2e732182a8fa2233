package check

import (
	"net/http"
	"strconv"
	"strings"

	"hermod/wire"
)

// enrolledID is the gateway that the checks enrol, and rivalID one that must not get the same token.
const enrolledID, rivalID = marker, marker + "-rival"

var enrollRules = []connectorRule{
	{Check{Name: "enroll.identity", Section: planeSection,
		Rule: "an enrolment without the owner's identity token is refused with 401"}, checkEnrollIdentity},
	{Check{Name: "enroll.token", Section: planeSection,
		Rule: "an enrolment with an unknown enrolment token is refused with 403"}, checkEnrollToken},
	{Check{Name: "enroll.credentials", Section: planeSection, Destructive: true,
		Rule: "an enrolment gives credentials: a secret, a delivery key, the tenant and the gateway's id"}, checkEnroll},
	{Check{Name: "enroll.dial", Section: planeSection, Destructive: true,
		Rule: "a gateway that was enrolled is let in with its new secret"}, checkEnrollDial},
	{Check{Name: "enroll.once", Section: planeSection, Destructive: true,
		Rule: "an enrolment token that was spent enrols no other gateway"}, checkEnrollOnce},
}

// guess is an identity token, or one for an enrolment, that nobody was issued.
const guess = wire.Secret(marker + "-guess")

// enrol asks for the credentials of a gateway.
func (g *player) enrol(identity, token wire.Secret, id string) answer {
	if g.IdentityToken == "" {
		g.notApplicable("it needs the identity token of a gateway's owner (--identity-token-file)")
	}
	a := g.post(wire.EnrollPath, "Bearer "+identity.Reveal(),
		string(wire.AppendEnrollRequest(nil, wire.EnrollRequest{EnrollmentToken: token, GatewayID: id})))
	g.needRoute(a)
	return a
}

func checkEnrollIdentity(g *player) {
	a := g.enrol(guess, guess, enrolledID)
	g.requireRefused(a, http.StatusUnauthorized)
}

func checkEnrollToken(g *player) {
	a := g.enrol(g.IdentityToken, guess, enrolledID)
	g.requireRefused(a, http.StatusForbidden)
}

// requireRefused is broken unless the HTTP plane refused with one of these statuses, and said why.
func (g *player) requireRefused(a answer, statuses ...int) {
	refused := false
	for _, status := range statuses {
		refused = refused || a.status == status
	}
	g.require(refused, "HTTP "+statusList(statuses), "HTTP %d came", a.status)
	_, ok := a.text("error")
	g.require(ok, `a body {"error":…}`, "it is %s", withoutSecrets(a.body))
}

func statusList(statuses []int) string {
	var words []string
	for _, status := range statuses {
		words = append(words, strconv.Itoa(status))
	}
	return strings.Join(words, " or ")
}

func checkEnroll(g *player) {
	if g.EnrollmentToken == "" {
		g.notApplicable("it spends an enrolment token (--enroll-token-file)")
	}
	a := g.enrol(g.IdentityToken, g.EnrollmentToken, enrolledID)
	g.require(a.status/100 == 2, "HTTP 200 and credentials", "HTTP %d came", a.status)
	issue, err := wire.DecodeIssue(a.body)
	g.require(err == nil, "a body with credentials", "it can't be read")
	for name, value := range map[string]string{"secret": issue.Secret.Reveal(), "deliveryKey": issue.DeliveryKey.Reveal(),
		"tenant": issue.Tenant} {
		g.require(value != "", name+", a string", "it is missing or blank")
	}
	g.require(issue.GatewayID == enrolledID, "the gatewayId "+enrolledID, "it is %q", issue.GatewayID)
	g.enrolled = issue.Credentials
}

// needEnrolled ends the check unless a gateway was enrolled in this run.
func (g *player) needEnrolled() {
	if g.enrolled.Secret == "" {
		g.notApplicable("no gateway was enrolled; see enroll.credentials")
	}
}

func checkEnrollDial(g *player) {
	g.needEnrolled()
	if g.GatewayID != "" {
		g.needAdmission()
	}
	as := *g.ConnectorTarget
	as.GatewayID, as.Secret = enrolledID, g.enrolled.Secret
	newcomer := &player{probe: g.probe, ConnectorTarget: &as, memory: g.memory}
	l, err := newcomer.dialWith(newcomer.authorization())
	g.require(err == nil, "101 Switching Protocols", "the dial failed: %v", err)
	l.leave(wire.CloseNormal, "") // it may have come too early; see session.reconnect
	l, _, ok := newcomer.introduce()
	g.require(ok, "a descriptor", "none came; %v", l.ended)
}

func checkEnrollOnce(g *player) {
	g.needEnrolled()
	a := g.enrol(g.IdentityToken, g.EnrollmentToken, rivalID)
	g.requireRefused(a, http.StatusForbidden)
}
