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
	// ErrNotObject: an event or a forward is not one JSON object in UTF-8.
	ErrNotObject = errors.New("connector: payload is not one JSON object")
	// ErrNoWakeURL: no wake URL is configured for the gateway.
	ErrNoWakeURL = errors.New("connector: no wake URL is configured for the gateway")
	// ErrWakeFailed: the wake URL did not answer, or not with 2xx.
	ErrWakeFailed = errors.New("connector: waking the gateway failed")
	// ErrTooManyGateways: Config.MaxGateways is reached.
	ErrTooManyGateways = errors.New("connector: too many gateways")
	// ErrNoMedia: no file has that id, or it was removed for newer ones.
	ErrNoMedia = errors.New("connector: no such media")
	// ErrMediaEmpty: the file has no content.
	ErrMediaEmpty = errors.New("connector: media is empty")
	// ErrMediaTooLarge: the file is larger than wire.MaxMedia or Config.MaxMediaBytes.
	ErrMediaTooLarge = errors.New("connector: media is too large")
	// ErrMediaBusy: the limit of concurrent uploads is reached.
	ErrMediaBusy = errors.New("connector: too many uploads at a time, try again")
	// ErrClosed: the connector is closing or closed.
	ErrClosed = errors.New("connector: closed")
)
