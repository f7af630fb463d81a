package serve

import (
	"context"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
)

// maxMessage bounds a CheckRequest in bytes: the client's headers, and no body.
const maxMessage = 256 << 10

// newGRPC returns Envoy's external authorization service (envoy.service.auth.v3).
func newGRPC(d *Decider) *grpc.Server {
	s := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.ConnectionTimeout(headerTimeout), grpc.MaxHeaderListSize(maxHeader),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleTimeout, Time: idleTimeout, Timeout: headerTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	auth.RegisterAuthorizationServer(s, &envoy{decider: d})
	return s
}

type envoy struct {
	auth.UnimplementedAuthorizationServer
	decider *Decider
}

// Check answers with the decision about a request.
func (e *envoy) Check(ctx context.Context, check *auth.CheckRequest) (*auth.CheckResponse, error) {
	o, request := &e.decider.options, check.GetAttributes().GetRequest().GetHttp()
	requested := request.GetPath()
	if o.PathHeader != "" {
		requested = ""
		if values := headerValues(request, o.PathHeader); len(values) == 1 {
			requested = values[0]
		}
	}
	r := Request{Protocol: "grpc", Authorization: headerValues(request, "authorization"), Path: requested}
	if values := headerValues(request, headerTimeLim); len(values) == 1 {
		r.Timeout = expected(values[0])
	}
	if deadline, ok := ctx.Deadline(); ok {
		// An answer that comes too late is an error of Envoy's.
		if left := time.Until(deadline); r.Timeout == 0 || left < r.Timeout {
			r.Timeout = max(left, time.Millisecond)
		}
	}
	out := e.decider.Decide(ctx, r)
	var headers []*core.HeaderValueOption
	var remove []string
	for _, h := range o.headers(&out) {
		if h[0] == headerRemove {
			remove = strings.Split(h[1], ",")
			continue
		}
		headers = append(headers, &core.HeaderValueOption{
			Header:       &core.HeaderValue{Key: strings.ToLower(h[0]), Value: h[1]},
			AppendAction: core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
			// Without it, Envoy drops an empty header and leaves the client's.
			KeepEmptyValue: true,
		})
	}
	answer := &auth.CheckResponse{Status: &rpcstatus.Status{Code: int32(grpcCodes[out.Kind])}}
	if out.Kind == Allow || out.Kind == Skip {
		answer.HttpResponse = &auth.CheckResponse_OkResponse{OkResponse: &auth.OkHttpResponse{Headers: headers, HeadersToRemove: remove}}
		return answer, nil
	}
	answer.Status.Message = quotable(o.why(&out))
	answer.HttpResponse = &auth.CheckResponse_DeniedResponse{DeniedResponse: &auth.DeniedHttpResponse{
		Status: &envoytype.HttpStatus{Code: envoytype.StatusCode(o.status(&out))}, Headers: headers, Body: o.body(&out),
	}}
	return answer, nil
}

var grpcCodes = map[Kind]codes.Code{Allow: codes.OK, Skip: codes.OK, NoToken: codes.Unauthenticated, Rejected: codes.Unauthenticated,
	Malformed: codes.InvalidArgument, Forbidden: codes.PermissionDenied, Unavailable: codes.Unavailable}

// headerValues are the values of a header. Envoy sends a map, with values joined by commas, or each header by itself
// (encode_raw_headers).
func headerValues(r *auth.AttributeContext_HttpRequest, name string) (values []string) {
	for key, value := range r.GetHeaders() {
		if strings.EqualFold(key, name) {
			values = append(values, value)
		}
	}
	for _, h := range r.GetHeaderMap().GetHeaders() {
		if !strings.EqualFold(h.GetKey(), name) {
			continue
		}
		if raw := h.GetRawValue(); len(raw) > 0 {
			values = append(values, string(raw))
		} else {
			values = append(values, h.GetValue())
		}
	}
	return values
}
