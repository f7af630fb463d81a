package parties_test

import (
	"context"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// check sends what Envoy's filter ext_authz sends for a request of a client: header names in lower case, several
// values of one name joined with a comma, the path with its query.
func check(t *testing.T, address, path string, headers map[string]string) *auth.CheckResponse {
	t.Helper()
	all := map[string]string{":authority": "reports.apps", ":method": "GET", ":path": path, ":scheme": "http",
		"x-request-id": "6c2b7ad0-8a43-4a0e-9a43-bd3f6dc5e0c1", "x-forwarded-proto": "http", "user-agent": "test", "x-envoy-internal": "true"}
	for name, value := range headers {
		all[name] = value
	}
	return ask(t, address, &auth.AttributeContext_HttpRequest{Id: "1", Method: "GET", Headers: all, Path: path, Host: "reports.apps", Scheme: "http", Protocol: "HTTP/1.1"})
}

func ask(t *testing.T, address string, req *auth.AttributeContext_HttpRequest) *auth.CheckResponse {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := auth.NewAuthorizationClient(conn).Check(ctx, &auth.CheckRequest{Attributes: &auth.AttributeContext{
		Source:      &auth.AttributeContext_Peer{Address: peer("10.1.2.3", 41234)},
		Destination: &auth.AttributeContext_Peer{Address: peer("10.1.2.4", 8080)},
		Request:     &auth.AttributeContext_Request{Time: timestamppb.Now(), Http: req},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func peer(host string, port uint32) *core.Address {
	return &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{Address: host,
		PortSpecifier: &core.SocketAddress_PortValue{PortValue: port}}}}
}

// set is the value that Envoy gives a header of the request before it goes on. A second value, and one that is added
// to the client's own, are faults: the client's must be replaced.
func set(t *testing.T, options []*core.HeaderValueOption, name string) (string, bool) {
	t.Helper()
	value, found := "", false
	for _, o := range options {
		if !strings.EqualFold(o.GetHeader().GetKey(), name) {
			continue
		}
		if found {
			t.Errorf("%s is given twice", name)
		}
		if o.GetAppendAction() != core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
			t.Errorf("%s: %s leaves the client's own value", name, o.GetAppendAction())
		}
		value, found = o.GetHeader().GetValue(), true
		if raw := o.GetHeader().GetRawValue(); value == "" && len(raw) > 0 {
			value = string(raw)
		}
	}
	return value, found
}

func TestEnvoyPassesIdentity(t *testing.T) {
	s := newSigner(t)
	address := freePort(t)
	serve(t, s, "--listen-grpc", address, "--groups-header", "kubeflow-groups", "--skip-path", "/public")
	for _, c := range []struct {
		name    string
		path    string
		headers map[string]string
		user    string
	}{
		{"a token", "/reports?page=1", map[string]string{"authorization": "Bearer " + s.token(t, nil)}, "system:serviceaccount:apps:web"},
		{"an identity of its own", "/reports", map[string]string{"authorization": "Bearer " + s.token(t, nil), "kubeflow-userid": "admin", "kubeflow-groups": "system:masters"}, "system:serviceaccount:apps:web"},
		{"a path that is skipped", "/public/logo?x=/reports", map[string]string{"kubeflow-userid": "admin"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := check(t, address, c.path, c.headers)
			if code := codes.Code(resp.GetStatus().GetCode()); code != codes.OK {
				t.Fatalf("code %s: %v", code, resp)
			}
			ok := resp.GetOkResponse()
			if user, found := set(t, ok.GetHeaders(), "kubeflow-userid"); !found || user != c.user {
				t.Errorf("user %q (given: %v), want %q", user, found, c.user)
			}
			groups, found := set(t, ok.GetHeaders(), "kubeflow-groups")
			if !found || strings.Contains(groups, "system:masters") || (c.user != "") != strings.Contains(groups, "system:serviceaccounts:apps") {
				t.Errorf("groups %q (given: %v)", groups, found)
			}
			if c.user != "" && !contains(ok.GetHeadersToRemove(), "authorization") {
				t.Errorf("removed are %q: the token goes to the application", ok.GetHeadersToRemove())
			}
		})
	}
}

func TestEnvoyTurnsAway(t *testing.T) {
	s := newSigner(t)
	address := freePort(t)
	d := serve(t, s, "--listen-grpc", address, "--allow", "apps/*", "--skip-path", "/public")
	good := s.token(t, nil)
	for _, c := range []struct {
		name      string
		path      string
		headers   map[string]string
		status    int32
		code      codes.Code
		challenge string
	}{
		{"no token", "/reports", nil, 401, codes.Unauthenticated, "Bearer realm="},
		{"no token for livez", "/livez", nil, 401, codes.Unauthenticated, "Bearer realm="},
		{"two dots", "/public/../reports", nil, 401, codes.Unauthenticated, "Bearer realm="},
		{"two dots, encoded", "/public/%2e%2e/reports", nil, 401, codes.Unauthenticated, "Bearer realm="},
		{"another path in the query", "/reports?path=/public/logo", nil, 401, codes.Unauthenticated, "Bearer realm="},
		{"another audience", "/reports", map[string]string{"authorization": "Bearer " + s.token(t, map[string]any{"aud": "vault"})}, 401, codes.Unauthenticated, `error="invalid_token"`},
		{"two tokens", "/reports", map[string]string{"authorization": "Bearer " + good + ",Bearer " + good}, 400, codes.InvalidArgument, ""},
		{"another namespace", "/reports", map[string]string{"authorization": "Bearer " + s.token(t, map[string]any{"sub": "system:serviceaccount:other:web",
			"kubernetes.io": map[string]any{"namespace": "other", "serviceaccount": map[string]any{"name": "web", "uid": "5b7d"}}})}, 403, codes.PermissionDenied, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := check(t, address, c.path, c.headers)
			denied := resp.GetDeniedResponse()
			if denied == nil || int32(denied.GetStatus().GetCode()) != c.status {
				t.Fatalf("%v, want status %d", resp, c.status)
			}
			if code := codes.Code(resp.GetStatus().GetCode()); code != c.code {
				t.Errorf("code %s, want %s", code, c.code)
			}
			if challenge, _ := set(t, denied.GetHeaders(), "www-authenticate"); !strings.Contains(challenge, c.challenge) {
				t.Errorf("www-authenticate %q, without %q", challenge, c.challenge)
			}
			if strings.Contains(resp.String(), good) {
				t.Error("the answer repeats the token")
			}
		})
	}
	if strings.Contains(d.log.String(), good[strings.LastIndex(good, ".")+1:]) {
		t.Error("the log of serve holds a signature")
	}
}

// With encode_raw_headers, Envoy sends each header line by itself, and its bytes.
func TestEnvoyRawHeaders(t *testing.T) {
	s := newSigner(t)
	address := freePort(t)
	serve(t, s, "--listen-grpc", address)
	raw := func(values ...string) *auth.AttributeContext_HttpRequest {
		headers := &core.HeaderMap{Headers: []*core.HeaderValue{{Key: ":path", RawValue: []byte("/reports")}}}
		for _, value := range values {
			headers.Headers = append(headers.Headers, &core.HeaderValue{Key: "authorization", RawValue: []byte(value)})
		}
		return &auth.AttributeContext_HttpRequest{Id: "1", Method: "GET", Path: "/reports", Host: "reports.apps", HeaderMap: headers}
	}
	bearer := "Bearer " + s.token(t, nil)
	if resp := ask(t, address, raw(bearer)); resp.GetOkResponse() == nil {
		t.Errorf("one token: %v", resp)
	}
	if resp := ask(t, address, raw(bearer, bearer)); resp.GetDeniedResponse().GetStatus().GetCode() != 400 {
		t.Errorf("two header lines: %v, want 400", resp)
	}
	if resp := ask(t, address, raw("Bearer a\x00b")); resp.GetOkResponse() != nil {
		t.Errorf("a control character: %v", resp)
	}
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
