package main

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newSignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Forge tokens and client certificates",
		Long:  `Forge tokens and client certificates, valid or broken in any way, with the keys of a lab or with unknown keys.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown thing to sign %q, want token or certificate", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSignTokenCommand(), newSignCertificateCommand())
	return cmd
}

// tokenOptions has the content of a token. It is not validated, because its purpose is a token that a server rejects.
type tokenOptions struct {
	dir        string
	key        string
	algorithm  string
	kid        string
	header     string
	claims     string
	from       string
	hmacSecret string
	raw        bool
}

func newSignTokenCommand() *cobra.Command {
	var o tokenOptions
	cmd := &cobra.Command{
		Use:   "token --key sa|sa-old|sa-other|oidc|FILE --claims JSON|@FILE|@-",
		Short: "Forge a JWT",
		Long: `Forge a JWT with any header and any claims, and print it.

Keys: sa signs the API server's own tokens. sa-old was rotated and is still accepted. sa-other belongs to another cluster. oidc
belongs to the lab's OIDC issuer. Any other value is the name of a PEM file.

In claims and header, the strings "$now", "$now+10m", "$now-8h" and "$now+365d" become numeric dates.`,
		Example: `  # a token that expired an hour ago
  authn-lab sign token --key sa --from token --claims '{"exp": "$now-1h"}'

  # a token of the lab's OIDC issuer
  authn-lab sign token --key oidc --claims '{"iss": "'$(cat .authn-lab/oidc/issuer-url)'", "aud": "authn-lab", "sub": "jane",
    "groups": ["developers"], "iat": "$now", "exp": "$now+1h"}'

  # the public key as an HMAC secret: algorithm confusion
  authn-lab sign token --alg HS256 --hmac-secret-file .authn-lab/sa.pub --from token`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := o.sign(cmd.InOrStdin(), time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	addDirFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.key, "key", "", "The signing key: sa, sa-old, sa-other, oidc or a PEM file")
	flags.StringVar(&o.algorithm, "alg", "", "RS256/384/512, PS256/384/512, ES256/384/512, EdDSA, HS256/384/512 or none (default: the key's usual one)")
	flags.StringVar(&o.kid, "kid", "auto", "auto (derived from the key, as in Kubernetes), none, or any text")
	flags.StringVar(&o.header, "header", "", "JSON object that is merged into the header; null removes a member")
	flags.StringVar(&o.claims, "claims", "", "The claims: JSON, @FILE, or @- for standard input; merged into those of --from, null removes a member")
	flags.StringVar(&o.from, "from", "", "File with a token whose claims are the initial ones")
	flags.StringVar(&o.hmacSecret, "hmac-secret-file", "", "File with the secret of HS256/384/512")
	flags.BoolVar(&o.raw, "raw", false, "Sign the text of --claims unchanged, even if it is not JSON")
	return cmd
}

func (o *tokenOptions) sign(stdin io.Reader, now time.Time) (string, error) {
	payload, err := o.payload(stdin, now)
	if err != nil {
		return "", err
	}
	signer, public, err := o.signer()
	if err != nil {
		return "", err
	}
	header := map[string]any{"typ": "JWT", "alg": signer.algorithm}
	switch {
	case o.kid == "none":
	case o.kid != "auto":
		header["kid"] = o.kid
	case public != nil:
		if header["kid"], err = keyID(public); err != nil {
			return "", err
		}
	}
	if o.header != "" {
		if err := mergeJSON(header, []byte(o.header), now); err != nil {
			return "", usagef("--header: %w", err)
		}
	}
	head, err := marshal(header)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(head) + "." + encode(payload)
	signature, err := signer.sign([]byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + encode(signature), nil
}

func (o *tokenOptions) payload(stdin io.Reader, now time.Time) ([]byte, error) {
	if o.claims == "" && o.from == "" {
		return nil, usagef("--claims or --from must say what the token claims")
	}
	given, err := readArgument(o.claims, stdin)
	if err != nil {
		return nil, err
	}
	if o.raw {
		if o.from != "" {
			return nil, usagef("--raw takes no --from: there is nothing to merge")
		}
		return given, nil
	}
	claims := map[string]any{}
	if o.from != "" {
		if claims, err = claimsOfToken(o.from); err != nil {
			return nil, err
		}
	}
	if len(given) > 0 {
		if err := mergeJSON(claims, given, now); err != nil {
			return nil, usagef("--claims: %w", err)
		}
	}
	return marshal(claims)
}

// readArgument returns the value of an argument: the content of @FILE or @-, or the text itself.
func readArgument(argument string, stdin io.Reader) ([]byte, error) {
	path, isFile := strings.CutPrefix(argument, "@")
	switch {
	case !isFile:
		return []byte(argument), nil
	case path == "-":
		return io.ReadAll(stdin)
	default:
		return os.ReadFile(path)
	}
}

func claimsOfToken(path string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(strings.TrimSpace(string(data)), ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%s holds no JWT: %d parts, want 3", path, len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("%s holds no JWT: %w", path, err)
	}
	claims := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	if err := decoder.Decode(&claims); err != nil {
		return nil, fmt.Errorf("%s holds no JWT: %w", path, err)
	}
	return claims, nil
}

// mergeJSON merges an object into another as in RFC 7396: objects are merged member by member, and null removes a member. Numbers
// keep their digits.
func mergeJSON(target map[string]any, patch []byte, now time.Time) error {
	decoder := json.NewDecoder(bytes.NewReader(patch))
	decoder.UseNumber()
	var over map[string]any
	if err := decoder.Decode(&over); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("not a JSON object: there is more after it")
	}
	if _, err := withTimes(over, now); err != nil {
		return err
	}
	merge(target, over)
	return nil
}

func merge(target, over map[string]any) {
	for name, value := range over {
		object, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(target, name)
		case isObject:
			inner, ok := target[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
			}
			merge(inner, object)
			target[name] = inner
		default:
			target[name] = value
		}
	}
}

// marshal is json.Marshal without escaping <, > and &, which other issuers do not escape.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// signer returns the signer. The public key is nil if there is none to derive a kid from.
func (o *tokenOptions) signer() (jwsSigner, crypto.PublicKey, error) {
	algorithm := o.algorithm
	if algorithm == "none" || strings.HasPrefix(algorithm, "HS") {
		if algorithm == "none" && o.hmacSecret != "" || algorithm != "none" && o.hmacSecret == "" {
			return jwsSigner{}, nil, usagef("--hmac-secret-file goes with --alg HS256, HS384 or HS512")
		}
		var public crypto.PublicKey
		if o.key != "" { // only for its kid, which selects the key at the server
			key, err := o.readKey()
			if err != nil {
				return jwsSigner{}, nil, err
			}
			public = key.Public()
		}
		if algorithm == "none" {
			return jwsSigner{algorithm: "none", sign: func([]byte) ([]byte, error) { return nil, nil }}, public, nil
		}
		secret, err := os.ReadFile(o.hmacSecret)
		if err != nil {
			return jwsSigner{}, nil, err
		}
		signer, err := newHMACSigner(secret, algorithm)
		return signer, public, err
	}
	if o.hmacSecret != "" {
		return jwsSigner{}, nil, usagef("--hmac-secret-file goes with --alg HS256, HS384 or HS512")
	}
	if o.key == "" {
		return jwsSigner{}, nil, usagef("--key must name the key that signs: sa, sa-old, sa-other, oidc or a PEM file")
	}
	key, err := o.readKey()
	if err != nil {
		return jwsSigner{}, nil, err
	}
	signer, err := newSigner(key, algorithm)
	return signer, key.Public(), err
}

func (o *tokenOptions) readKey() (crypto.Signer, error) {
	switch o.key {
	case keySA, keySAOld, keySAOther, keyOIDC:
		dir, err := newLabDir(o.dir)
		if err != nil {
			return nil, err
		}
		return readKey(dir.keyPrefix(o.key) + ".key")
	default:
		return readKey(o.key)
	}
}

// issuerToken returns a token of the lab's OIDC issuer that the API server accepts.
func (d labDir) issuerToken(issuer string) (string, error) {
	claims, err := marshal(map[string]any{"iss": issuer, "aud": oidcAudience, "sub": "authn-lab", "iat": "$now", "exp": "$now+1m"})
	if err != nil {
		return "", err
	}
	o := tokenOptions{dir: string(d), key: keyOIDC, kid: "auto", claims: string(claims)}
	return o.sign(nil, time.Now())
}
