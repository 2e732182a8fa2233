package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/gateway/boot"
	"hermod/supervisor"
	"hermod/wire"
)

// bootPlane tells connectors of bots before their relays dial.
type bootPlane struct {
	vault  *vault
	keeper keeper
	client *boot.Client
	bot    *config.Bot
	log    *slog.Logger
	kept   kept
}

// prepare enrols the bot's gateway, provisions its identities and declares its policy, as its configuration says, and
// returns the configuration with the credentials that were issued.
func (d *Daemon) prepare(ctx context.Context, bot *config.Bot, relay actors.Config, report func(error,
	string)) (*config.Bot, error) {
	if bot.Enroll == nil && bot.Provision == nil && bot.Policy == nil {
		return bot, nil
	}
	p := &bootPlane{vault: d.vault, keeper: keeper{d.current.Load().State}, bot: bot, log: d.log.With("bot", bot.Name)}
	var err error
	p.client, err = boot.New(boot.Config{
		URL: bot.URL, GatewayID: bot.GatewayID, Identity: identityOf(bot), Transport: transportOf(relay),
		Backoff: bot.Timing.Backoff.Duration, MaxBackoff: bot.Timing.MaxBackoff.Duration,
		OnRetry: func(r boot.Retry) {
			hint := "start the connector, or check its URL; it is tried again"
			if supervisor.OutOfDescriptors(r.Err) {
				hint = supervisor.DescriptorHint
			}
			report(fmt.Errorf("%s: %w", r.Doing, r.Err), hint)
		},
	})
	if err != nil {
		return nil, err
	}
	defer p.client.CloseIdle()
	issued, err := p.run(ctx)
	var refused *boot.RefusedError
	if errors.As(err, &refused) {
		err = &fleet.StartError{Err: err, Hint: refused.Hint}
	}
	return issued, err
}

// transportOf verifies the connector as the bot's relay does.
func transportOf(relay actors.Config) *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		TLSHandshakeTimeout: relay.DialTimeout, TLSClientConfig: relay.TLS.ClientConfig()}
}

func identityOf(bot *config.Bot) func(context.Context) (wire.Secret, error) {
	switch {
	case bot.IdentityProvider != nil:
		return func(ctx context.Context) (wire.Secret, error) {
			provider, err := bot.IdentityProvider.Provider()
			if err != nil {
				return "", err
			}
			return provider.Identity(ctx)
		}
	case bot.IdentityToken == nil:
		return nil
	}
	return func(context.Context) (wire.Secret, error) { return bot.IdentityToken.Current() }
}

func (p *bootPlane) run(ctx context.Context) (*config.Bot, error) {
	var err error
	if p.kept, err = p.vault.load(p.keeper, p.bot); err != nil {
		return nil, &fleet.StartError{Err: err, Hint: "make the file and its folder the daemon's own (chmod 600, chmod 700) and repair it, or remove it and enrol with a new token"}
	}
	credentials := p.kept.credentials()
	if p.bot.Secret != nil {
		credentials.Secret = p.bot.Secret.Reveal()
	}
	if p.bot.DeliveryKey != "" {
		credentials.DeliveryKey = p.bot.DeliveryKey
	}
	if credentials, err = p.enroll(ctx, credentials); err != nil {
		return nil, err
	}
	if credentials, err = p.provision(ctx, credentials); err != nil {
		return nil, err
	}
	p.declare(ctx, credentials)
	if p.bot.Enroll == nil && p.bot.Provision == nil {
		return p.bot, nil
	}
	issued := *p.bot
	issued.Secret = &config.Secret{Value: credentials.Secret}
	issued.DeliveryKey, issued.TenantName = credentials.DeliveryKey, credentials.Tenant
	return &issued, nil
}

// enroll spends the enrolment token, once: credentials that it brought are kept.
func (p *bootPlane) enroll(ctx context.Context, inHand wire.Credentials) (wire.Credentials, error) {
	if p.bot.Enroll == nil {
		return inHand, nil
	}
	token := p.bot.Enroll.Token.Reveal()
	if p.kept.EnrolledWith == digestOf(token) {
		return inHand, nil
	}
	if err := p.keeper.prepare(); err != nil {
		return inHand, &fleet.StartError{Err: fmt.Errorf("nothing is enrolled, since credentials cannot be kept: %w", err),
			Hint: "make the state folder writable (state in the configuration), then reconnect the bot; the token was not spent"}
	}
	issued, err := p.client.Enroll(ctx, token)
	if err != nil {
		return inHand, err
	}
	p.log.Info("enrolled", "gateway", issued.GatewayID)
	p.kept.EnrolledWith = digestOf(token)
	p.kept.update(issued)
	p.vault.save(p.keeper, p.bot.Name, p.kept)
	return issued, nil
}

// provision announces each identity; one that is refused does not keep the others from running.
func (p *bootPlane) provision(ctx context.Context, inHand wire.Credentials) (wire.Credentials, error) {
	if p.bot.Provision == nil {
		return inHand, nil
	}
	var all []wire.Registration
	for _, identity := range p.bot.Identities {
		all = append(all, wire.Registration{Platform: identity.Platform, BotID: identity.BotID,
			Endpoint: p.bot.Provision.Endpoint, RouteKeys: p.bot.Provision.RouteKeys, InstanceID: p.bot.Provision.InstanceID,
			WakeURL: p.bot.Provision.WakeURL, DisplayName: p.bot.Provision.DisplayName})
	}
	done, err := p.client.Provision(ctx, inHand, all...)
	if err != nil && (len(done.Platforms) == 0 || done.Credentials.Secret == "") {
		return inHand, err
	}
	if err != nil {
		p.log.Error("some platforms were not provisioned", "err", err)
	}
	p.log.Info("provisioned", "platforms", done.Platforms)
	if p.kept.update(done.Credentials) {
		p.vault.save(p.keeper, p.bot.Name, p.kept)
	}
	return done.Credentials, nil
}

// declare tells the connector which messages are for the bot. The bot runs without, too.
func (p *bootPlane) declare(ctx context.Context, credentials wire.Credentials) {
	if p.bot.Policy == nil {
		return
	}
	var all []wire.RelevancePolicy
	for _, identity := range p.bot.Identities {
		all = append(all, wire.RelevancePolicy{Platform: identity.Platform, RequireAddress: p.bot.Policy.RequireAddress,
			FreeResponseScopes: p.bot.Policy.FreeResponseScopes, AllowOtherBots: p.bot.Policy.AllowOtherBots})
	}
	if err := p.client.DeclarePolicy(ctx, credentials, all...); err != nil {
		p.log.Error("the policy was not declared; the connector keeps what it knew", "err", err)
	}
}
