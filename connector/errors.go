package connector

import "errors"

// Conditions that callers test with errors.Is.
var (
	// ErrUnknownGateway: the id is neither configured nor known from the buffer.
	ErrUnknownGateway = errors.New("connector: unknown gateway")
	// ErrGatewayNeeded: the id was left out although more than one gateway is configured.
	ErrGatewayNeeded = errors.New("connector: several gateways are configured, name one")
	// ErrNotConnected: the gateway has no session that has said hello.
	ErrNotConnected = errors.New("connector: gateway is not connected")
	// ErrBacklog: the session's outbound queue is full, the gateway does not read.
	ErrBacklog = errors.New("connector: gateway does not read, its session's queue is full")
	// ErrBufferFull: the gateway's durable buffer is at one of its bounds; nothing was stored.
	ErrBufferFull = errors.New("connector: buffer of the gateway is full, wait for acknowledgements")
	// ErrTooLargeForGateway: the gateway did not show that it takes messages of that size.
	ErrTooLargeForGateway = errors.New("connector: too large for the gateway")
	// ErrNotSetAside: nothing with that id is set aside for the gateway.
	ErrNotSetAside = errors.New("connector: no such delivery is set aside")
	// ErrRefused: the gateway cannot take the delivery, which Hand was given.
	ErrRefused = errors.New("connector: the gateway cannot take the delivery")
	// ErrNotObject: an event or a forward is not one JSON object in UTF-8.
	ErrNotObject = errors.New("connector: payload is not one JSON object")
	// ErrNoWakeURL: no wake URL is configured for the gateway.
	ErrNoWakeURL = errors.New("connector: no wake URL is configured for the gateway")
	// ErrWakeForbidden: the wake URL that the gateway registered leads to an address that is neither public nor in
	// Config.WakeNetworks.
	ErrWakeForbidden = errors.New("connector: the wake URL leads where the connector must not call")
	// ErrWakeFailed: the wake URL did not answer, or not with 2xx.
	ErrWakeFailed = errors.New("connector: waking the gateway failed")
	// ErrTooManyGateways: Config.MaxGateways is reached.
	ErrTooManyGateways = errors.New("connector: too many gateways")
	// ErrTenantFull: the gateway's tenant has Config.MaxTenantGateways already.
	ErrTenantFull = errors.New("connector: the tenant has as many gateways as it may have")
	// ErrAccountTooLarge: what a gateway declared in all, as JSON, is larger than 256 KiB.
	ErrAccountTooLarge = errors.New("connector: the gateway has declared too much")
	// ErrNoMedia: no file has that id, or it was removed for newer ones.
	ErrNoMedia = errors.New("connector: no such media")
	// ErrMediaEmpty: the file has no content.
	ErrMediaEmpty = errors.New("connector: media is empty")
	// ErrMediaTooLarge: the file is larger than wire.MaxMedia, Config.MaxTenantMediaBytes or Config.MaxMediaBytes.
	ErrMediaTooLarge = errors.New("connector: media is too large")
	// ErrMediaBusy: the limit of concurrent uploads, of the tenant or of all, is reached.
	ErrMediaBusy = errors.New("connector: too many uploads at a time, try again")
	// ErrClosed: the connector is closing or closed.
	ErrClosed = errors.New("connector: closed")
)
