package wire

import "strings"

// EnrollRequest exchanges a one-time token for a gateway's credentials.
type EnrollRequest struct {
	EnrollmentToken Secret
	GatewayID       string
}

// AppendEnrollRequest appends the body to dst.
func AppendEnrollRequest(dst []byte, r EnrollRequest) []byte {
	dst = append(dst, `{"enrollmentToken":`...)
	dst = appendString(dst, r.EnrollmentToken.Reveal())
	return append(appendMember(dst, "gatewayId", r.GatewayID), '}')
}

// DecodeEnrollRequest reads the body. Both members are required. The error is a *BodyError.
func DecodeEnrollRequest(body []byte) (EnrollRequest, error) {
	const name = "an enrolment"
	o, err := parseBody(name, body)
	if err == nil {
		err = o.need(name, len(body), "enrollmentToken", "gatewayId")
	}
	if err != nil {
		return EnrollRequest{}, err
	}
	return EnrollRequest{EnrollmentToken: Secret(o.word("enrollmentToken")), GatewayID: o.word("gatewayId")}, nil
}

// Credentials are what a connector gives a gateway. The zero value is none.
type Credentials struct {
	GatewayID string
	// Secret signs the gateway's tokens.
	Secret Secret
	// DeliveryKey verifies what the connector signs (VerifyDelivery).
	DeliveryKey Secret
	// Tenant is the connector's name for the gateway's owner.
	Tenant string
}

// Issue is a connector's answer to an enrolment or a provisioning.
type Issue struct {
	Credentials
	// RouteKeys are the routes that the connector registered.
	RouteKeys []string
	// SecretWithheld is set when the connector issued a secret before and did not issue another (secretIssued is false).
	SecretWithheld bool
}

// Update returns the gateway's credentials after an answer. Blank members keep the old value,
// and a withheld secret replaces none, so a gateway keeps its secret when it provisions again.
func (c Credentials) Update(answer Issue) Credentials {
	if answer.Secret != "" && (!answer.SecretWithheld || c.Secret == "") {
		c.Secret = answer.Secret
	}
	if answer.DeliveryKey != "" && (!answer.SecretWithheld || c.DeliveryKey == "") {
		c.DeliveryKey = answer.DeliveryKey
	}
	if answer.GatewayID != "" {
		c.GatewayID = answer.GatewayID
	}
	if answer.Tenant != "" {
		c.Tenant = answer.Tenant
	}
	return c
}

// AppendIssue appends the body to dst, the secrets in the clear.
func AppendIssue(dst []byte, i Issue) []byte {
	dst = append(dst, `{"secret":`...)
	dst = appendString(dst, i.Secret.Reveal())
	dst = appendMember(dst, "deliveryKey", i.DeliveryKey.Reveal())
	dst = appendMember(dst, "tenant", i.Tenant)
	dst = appendMember(dst, "gatewayId", i.GatewayID)
	dst = appendWords(dst, "routeKeys", i.RouteKeys)
	return append(appendBool(dst, "secretIssued", !i.SecretWithheld), '}')
}

// DecodeIssue reads the body. A secret or key that is blank, null or not a string is "". The
// error is a *BodyError.
func DecodeIssue(body []byte) (Issue, error) {
	o, err := parseBody("credentials", body)
	if err != nil {
		return Issue{}, err
	}
	issued, _ := o.get("secretIssued")
	return Issue{
		Credentials: Credentials{
			GatewayID: o.word("gatewayId"), Tenant: o.word("tenant"),
			Secret: usable(o.word("secret")), DeliveryKey: usable(o.word("deliveryKey")),
		},
		RouteKeys:      o.words("routeKeys"),
		SecretWithheld: string(issued) == "false",
	}, nil
}

func usable(secret string) Secret {
	if isBlank(secret) {
		return ""
	}
	return Secret(secret)
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
