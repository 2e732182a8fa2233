package config

import "hermod/gateway/boot"

// checkIdentityProvider reads the client's secret again at each use, as an identity token.
func (b *botChecker) checkIdentityProvider() {
	p := b.bot.IdentityProvider
	if p == nil {
		return
	}
	b.renewable(p.ClientSecret, bots(b.index)("identity_provider", "client_secret")...)
	switch {
	case b.bot.IdentityToken != nil:
		b.wrong("is there beside identity_token", "keep one of the two", "identity_provider")
	case p.TokenURL == "":
		b.wrong("is there without token_url, which gives the tokens", "add for example token_url: https://idp.example/token",
			"identity_provider")
	case p.ClientID != "" && p.ClientSecret == nil:
		b.wrong("is there without client_secret", "add client_secret: {file: PATH}, or take client_id out",
			"identity_provider", "client_id")
	case p.ClientID == "" && p.ClientSecret != nil:
		b.wrong("is there without client_id", "add client_id, or take client_secret out", "identity_provider", "client_secret")
	}
	if p.TokenURL != "" {
		b.httpURL(p.TokenURL, "identity_provider", "token_url")
	}
}

// Provider returns the identity provider with the client's secret as it is now.
func (p *IdentityProvider) Provider() (boot.IdentityProvider, error) {
	provider := boot.IdentityProvider{TokenURL: p.TokenURL, ClientID: p.ClientID, Scope: p.Scope}
	if p.ClientSecret == nil {
		return provider, nil
	}
	var err error
	provider.ClientSecret, err = p.ClientSecret.Current()
	return provider, err
}
