package cmd

import (
	"cmp"
	"encoding/json"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// authService are the variables of arrikto/oidc-authservice that have a flag here. docs/serve.md lists all of them.
var authService = []struct {
	variable, flag string
	// values are the values of the flag, in order.
	values func(string) ([]string, error)
}{
	{"AUDIENCES", "audience", list},
	{"USERID_HEADER", "user-header", single},
	{"USERID_PREFIX", "user-prefix", single},
	{"USERID_TRANSFORMERS", "user-rewrite", transformers},
	{"GROUPS_HEADER", "groups-header", single},
	{"SKIP_AUTH_URLS", "skip-path", list},
}

// authServiceDefaults are AuthService's own defaults where they differ from those of the flags.
var authServiceDefaults = map[string]string{"audience": "istio-ingressgateway.istio-system.svc.cluster.local"}

// authServiceRestricts are variables that let AuthService reject more. Without their effect, somebody would pass who
// must not, so that serve does not start.
var authServiceRestricts = []struct {
	variable string
	// harmless are the values without such an effect, the default first.
	harmless []string
	instead  finding.Text
}{
	{"GROUPS_ALLOWLIST", []string{"*"}, finding.T("remove the variable, and name the allowed ServiceAccounts with --allow")},
	{"EXTERNAL_AUTHZ_URL", []string{""}, finding.T("remove the variable, and let the proxy ask the other server as well")},
	{"AUTHZ_CONFIG_PATH", []string{""}, finding.T("remove the variable, and name the allowed ServiceAccounts with --allow, or restrict hosts in the proxy")},
	{"AUTH_HEADER", []string{"Authorization"}, finding.T("remove the variable, and let clients send the token in Authorization")},
	{"KUBERNETES_AUTHN_ENABLED", []string{"true", "1", "t"}, finding.T("remove the variable: serve only takes the tokens that the API server or the given keys know")},
}

// authServiceUnused are variables that have no effect here.
var authServiceUnused = []struct {
	variables []string
	why       finding.Text
}{
	{[]string{"OIDC_PROVIDER"}, finding.T("serve has no login page; to take tokens of this issuer, use --mode discovery --issuer-url")},
	{[]string{"CLIENT_ID", "CLIENT_SECRET", "OIDC_AUTH_URL", "OIDC_SCOPES", "REDIRECT_URL"}, finding.T("serve has no login page")},
	{[]string{"IDTOKEN_AUTHN_ENABLED", "ACCESS_TOKEN_AUTHN_ENABLED", "ACCESS_TOKEN_AUTHN"}, finding.T("--mode chooses the one way to verify tokens")},
	{[]string{"AUTHSERVICE_URL_PREFIX"}, finding.T("each path is a decision, and there are no others")},
	{[]string{"VERIFY_AUTH_URL"}, finding.T("each path is a decision; for the status 204, use --success-status")},
	{[]string{"USERID_CLAIM"}, finding.T("it is about login tokens; see --username-claim")},
	{[]string{"GROUPS_CLAIM"}, finding.T("it is about login tokens; groups are those of the API server")},
	{[]string{"ID_TOKEN_HEADER"}, finding.T("serve only reads Authorization")},
	{[]string{"AUTH_METHOD_HEADER"}, finding.T("there is only one method")},
	{[]string{"TOKEN_HEADER", "TOKEN_SCHEME", "USERID_TOKEN_HEADER"}, finding.T("the application gets no token")},
	{[]string{"SCHEME_DEFAULT", "SCHEME_HEADER"}, finding.T("nothing is redirected")},
	{[]string{"HOMEPAGE_URL", "AFTER_LOGIN_URL", "AFTER_LOGOUT_URL", "WEB_SERVER_PORT", "CLIENT_NAME", "THEMES_URL", "THEME", "TEMPLATE_PATH"}, finding.T("serve has no pages")},
	{[]string{"SESSION_STORE_TYPE", "SESSION_STORE_PATH", "SESSION_STORE_REDIS_ADDR", "SESSION_STORE_REDIS_PWD", "SESSION_STORE_REDIS_DB", "SESSION_MAX_AGE",
		"SESSION_SAME_SITE", "SESSION_DOMAIN", "STRICT_SESSION_VALIDATION", "OIDC_STATE_STORE_PATH"}, finding.T("serve has no sessions")},
	{[]string{"CA_BUNDLE"}, finding.T("it is about the login provider; see --ca-file")},
	{[]string{"LOG_LEVEL"}, finding.T("each decision has one line")},
}

func single(value string) ([]string, error) { return []string{value}, nil }

func list(value string) (out []string, err error) {
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out, nil
}

// transformers reads USERID_TRANSFORMERS, a JSON list of {matches, replaces}.
func transformers(value string) (out []string, err error) {
	var rules []struct{ Matches, Replaces string }
	if err := json.Unmarshal([]byte(value), &rules); err != nil {
		return nil, finding.Reword(err, `it is not a JSON list such as [{"matches": "a", "replaces": "b"}]`)
	}
	for _, r := range rules {
		if strings.Contains(r.Replaces, "=") {
			return nil, finding.Errorf("a replacement with = cannot be written as --user-rewrite")
		}
		out = append(out, r.Matches+"="+r.Replaces)
	}
	return out, nil
}

// readEnvironment sets the flags that --from-env reads and that were not given.
func (v *serveCommand) readEnvironment(flags *pflag.FlagSet) error {
	switch v.fromEnv {
	case "":
		return nil
	case "authservice":
	default:
		return usage(finding.Errorf("--from-env %q is not authservice", finding.Quoted(v.fromEnv)))
	}
	for _, r := range authServiceRestricts {
		value := cmp.Or(v.getenv(r.variable), r.harmless[0])
		ok := false
		for _, h := range r.harmless {
			ok = ok || strings.EqualFold(value, h)
		}
		if !ok {
			return usage(finding.Errorf("the environment variable %s restricts who may pass, and serve cannot apply it", finding.Standard(r.variable))).hint(r.instead)
		}
	}
	set := map[string][]string{
		"listen":        {net.JoinHostPort(v.getenv("SERVER_HOSTNAME"), cmp.Or(v.getenv("SERVER_PORT"), "8080"))},
		"health-listen": {net.JoinHostPort(v.getenv("SERVER_HOSTNAME"), cmp.Or(v.getenv("READINESS_PROBE_PORT"), "8081"))},
	}
	if enabled, _ := strconv.ParseBool(v.getenv("CACHE_ENABLED")); enabled {
		set["cache-ttl"] = []string{cmp.Or(v.getenv("CACHE_EXPIRATION_MINUTES"), "5") + "m"}
	}
	for flag, value := range authServiceDefaults {
		set[flag] = []string{value}
	}
	variables := map[string]string{"listen": "SERVER_PORT", "health-listen": "READINESS_PROBE_PORT", "cache-ttl": "CACHE_EXPIRATION_MINUTES"}
	for _, e := range authService {
		value := v.getenv(e.variable)
		if value == "" {
			continue
		}
		values, err := e.values(value)
		if err != nil {
			return usage(finding.Errorf("the environment variable %s: %s", finding.Standard(e.variable), finding.Err(err)))
		}
		set[e.flag], variables[e.flag] = values, e.variable
	}
	for flag, values := range set {
		if flags.Changed(flag) || flag == "audience" && (v.apiServerAudience || v.anyAudience) {
			continue
		}
		for _, value := range values {
			if err := flags.Set(flag, value); err != nil {
				return usage(finding.Reword(err, "the environment variable %s has no value that --%s takes", finding.Standard(variables[flag]), finding.Standard(flag)))
			}
		}
	}
	for _, u := range authServiceUnused {
		for _, variable := range u.variables {
			if v.getenv(variable) != "" {
				v.notice(finding.T("note: the environment variable %s has no effect: %s", finding.Standard(variable), u.why))
			}
		}
	}
	return nil
}
