package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// maxToken bounds what verify reads, in bytes.
const maxToken = 64 << 10

func newTokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Mint and verify upgrade tokens",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenMintCommand(), newTokenVerifyCommand())
	return cmd
}

func newTokenMintCommand() *cobra.Command {
	var gatewayID, secretFile string
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "mint",
		Short: "Print a token that proves a gateway's id",
		Long: `Print the bearer token of a gateway, signed with its secret.

The secret comes from --secret-file or from HERMOD_SECRET, never from the command
line, which every user of the machine can read.`,
		Example: "  hermod token mint --gateway-id g1 --secret-file g1.secret",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if gatewayID == "" {
				return cli.UsageError("--gateway-id is missing; name the gateway")
			}
			if ttl < 0 {
				return cli.UsageError("--ttl %v is negative; use 0 for a token that never expires", ttl)
			}
			var files []string
			if secretFile != "" {
				files = []string{secretFile}
			}
			secrets, err := readSecrets(files)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), wire.MintToken(gatewayID, secrets[0], ttl, time.Now()))
			return err
		},
	}
	cmd.Flags().StringVar(&gatewayID, "gateway-id", "", "the gateway's `ID` (required)")
	cmd.Flags().StringVar(&secretFile, "secret-file", "", "`FILE` that holds the secret (default: $HERMOD_SECRET)")
	cmd.Flags().DurationVar(&ttl, "ttl", wire.TokenTTL, "how long the token is valid; 0 means forever")
	return cmd
}

func newTokenVerifyCommand() *cobra.Command {
	var tokenFile string
	var secretFiles []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify a token read from standard input or a file",
		Long: `Verify a token and print {"gateway_id":ID,"expires":SECONDS}. The time is in Unix
seconds; 0 means that the token never expires. If the token is not valid, the
exit code is 1 and the reason is on standard error.

The token is read from standard input or --token-file. It is never an argument:
every user of the machine can read a command line, which also stays in the shell's
history, and whoever holds the token can act as the gateway until it expires.`,
		Example: "  hermod token mint --gateway-id g1 --secret-file g1.secret |\n" +
			"    hermod token verify --secret-file g1.secret --secret-file g1.old.secret",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secrets, err := readSecrets(secretFiles)
			if err != nil {
				return err
			}
			token, err := readToken(cmd.InOrStdin(), tokenFile)
			if err != nil {
				return err
			}
			return verifyToken(cmd.OutOrStdout(), token, secrets)
		},
	}
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` that holds the token (default: standard input)")
	cmd.Flags().StringArrayVar(&secretFiles, "secret-file", nil, "`FILE` that holds a secret, repeatable (default: $HERMOD_SECRET)")
	return cmd
}

// noArguments refuses arguments without repeating them: one may be a token or a secret.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return cli.UsageError("'%s' takes no such argument; tokens and secrets are never arguments, since other users could read them; see '%s --help'", cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}

// oneArgument asks for exactly one, and says what it is.
func oneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return cli.UsageError("'%s' takes one argument, %s; see '%s --help'", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}

// readSecrets reads the secret files, or HERMOD_SECRET when there are none.
func readSecrets(files []string) ([]wire.Secret, error) {
	if len(files) == 0 {
		secret, ok, err := cli.EnvironmentSecret()
		if err == nil && !ok {
			err = cli.UsageError("--secret-file is missing; name the file that holds the secret, or set %s", cli.SecretVariable)
		}
		return []wire.Secret{secret}, err
	}
	secrets := make([]wire.Secret, 0, len(files))
	for _, path := range files {
		secret, err := cli.ReadSecret("--secret-file", path)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

func readToken(stdin io.Reader, path string) (string, error) {
	if path != "" {
		file, err := os.Open(path)
		if err != nil {
			return "", cli.UsageError("--token-file: %w; name a file that holds only the token", cli.WithoutPath(err))
		}
		defer func() { _ = file.Close() }()
		stdin = file
	}
	content, err := io.ReadAll(io.LimitReader(stdin, maxToken))
	if err != nil {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", errors.New("there is no token on standard input; pipe it in or use --token-file")
	}
	return token, nil
}

func verifyToken(stdout io.Writer, token string, secrets []wire.Secret) error {
	id, err := wire.VerifyToken(token, secrets, time.Now())
	if err != nil {
		return err
	}
	expires, err := expiryOf(token)
	if err != nil {
		return err
	}
	line, err := json.Marshal(struct {
		GatewayID string `json:"gateway_id"`
		Expires   int64  `json:"expires"`
	}{id, expires})
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%s\n", line)
	return err
}

// expiryOf reads the expiry, in Unix seconds, of a token that was verified.
func expiryOf(token string) (int64, error) {
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(token, "="))
	if err != nil {
		return 0, wire.ErrTokenMalformed
	}
	parts := strings.Split(string(plain), ":")
	if len(parts) < 3 {
		return 0, wire.ErrTokenMalformed
	}
	expires, err := strconv.ParseInt(parts[len(parts)-2], 10, 64)
	if err != nil {
		return 0, wire.ErrTokenMalformed
	}
	return expires, nil
}
