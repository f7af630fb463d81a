package e2e

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// refusals are twenty kinds of failed authentications, as API servers of 1.30 to 1.37 log them, and their causes.
// A letter after % is a value that differs in each line.
var refusals = []struct{ cause, text string }{
	{"token-expired", `[invalid bearer token, service account token has expired]`},
	{"token-not-yet-valid", `[invalid bearer token, service account token is not valid yet]`},
	{"signing-key-unknown", `[invalid bearer token, invalid signature, no keys found]`},
	{"credential-rejected", `[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]`},
	{"credential-rejected", `invalid bearer token`},
	{"bound-object-gone", `[invalid bearer token, service account token has been invalidated]`},
	{"service-account-recreated", `[invalid bearer token, service account UID (%u) does not match claim (%u)]`},
	{"service-account-deleted", `[invalid bearer token, serviceaccounts \"robot-%n\" not found]`},
	{"bound-pod-recreated", `[invalid bearer token, pod UID (%u) does not match service account pod ref claim (%u)]`},
	{"audience-mismatch", `[invalid bearer token, token audiences [\"vault-%n\"] is invalid for the target audiences [\"https://kubernetes.default.svc\"]]`},
	{"legacy-token-replaced", `[invalid bearer token, Token does not match server's copy]`},
	{"legacy-token-marked-invalid", `[invalid bearer token, the token in secret ci-%n/robot-token for service account ci-%n/robot has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the 'kubernetes.io/legacy-token-invalid-since' label from the secret to temporarily allow use of this token]`},
	{"certificate-expired", `[x509: certificate has expired or is not yet valid: current time %t is after 2026-05-01T00:00:00Z, verifying certificate SN=%n, SKID=, AKID=50:7F:D5 failed: x509: certificate has expired or is not yet valid: current time %t is after 2026-05-01T00:00:00Z]`},
	{"client-ca-not-trusted", `[x509: certificate signed by unknown authority, verifying certificate SN=%n, SKID=, AKID=50:7F:D5 failed: x509: certificate signed by unknown authority]`},
	{"oidc-email-not-verified", `[invalid bearer token, oidc: email not verified]`},
	{"oidc-not-initialized", `[invalid bearer token, oidc: authenticator not initialized]`},
	{"oidc-required-claim", `[invalid bearer token, oidc: required claim team not present in ID token]`},
	{"oidc-username-claim-missing", `[invalid bearer token, oidc: parse username claims \"email\": claim not present]`},
	{"webhook-authenticator-failed", `[invalid bearer token, Post \"https://hook.example:8443/authenticate?timeout=30s\": dial tcp 192.0.2.%n:8443: connect: connection refused]`},
	{"issuer-not-trusted", `[invalid bearer token, token issuer \"https://issuer-%n.example\" is invalid]`},
}

// others are other messages of a busy API server at -v=2.
var others = []string{
	`I%s       1 controller.go:667] quota admission added evaluator for: replicasets.apps`,
	`I%s       1 alloc.go:330] "allocated clusterIPs" service="team-%n/web-%n" clusterIPs={"IPv4":"10.96.%n.%n"}`,
	`I%s       1 trace.go:236] Trace[%n%n]: "List" accept:application/vnd.kubernetes.protobuf, */*,audit-id:%u,client:10.0.%n.%n,api-group:,api-version:v1,name:,subresource:,namespace:team-%n,protocol:HTTP/2.0,resource:pods,scope:namespace,url:/api/v1/namespaces/team-%n/pods,user-agent:kube-state-metrics/v2.13.0,verb:LIST (%t) (total time: 8%nms):`,
	`Trace[%n%n]: ---"Listing from storage done" 7%nms (%t)`,
	`Trace[%n%n]: [8%n.%nms] [8%n.%nms] END`,
	`I%s       1 handler.go:286] Adding GroupVersion example-%n.io v1 to ResourceManager`,
	`W%s       1 dispatcher.go:225] Failed calling webhook, failing open check-%n.example.com: failed calling webhook "check-%n.example.com": failed to call webhook: Post "https://check.team-%n.svc:443/validate?timeout=10s": context deadline exceeded`,
	`E%s       1 dispatcher.go:229] "Unhandled Error" err="failed calling webhook \"check-%n.example.com\": failed to call webhook: Post \"https://check.team-%n.svc:443/validate?timeout=10s\": context deadline exceeded" logger="UnhandledError"`,
	`E%s       1 wrap.go:54] "Timeout or abort while handling" method="GET" URI="/api/v1/namespaces/team-%n/pods?labelSelector=app%%3Dweb-%n&watch=true" auditID="%u"`,
	`E%s       1 timeout.go:140] "Post-timeout activity" timeElapsed="%n.%nµs" method="GET" path="/api/v1/namespaces/team-%n/configmaps/web-%n" result=null`,
	`W%s       1 logging.go:55] [core] [Channel #%n SubChannel #%n]grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379", ServerName: "127.0.0.1:2379", }. Err: connection error: desc = "transport: authentication handshake failed: context canceled"`,
	`I%s       1 controller.go:222] Updating CRD OpenAPI spec because widgets-%n.example.com changed`,
	`E%s       1 status.go:71] "Unhandled Error" err="apiserver received an error that is not an metav1.Status: &errors.errorString{s:\"http: Handler timeout\"}: http: Handler timeout" logger="UnhandledError"`,
	`I%s       1 cidrallocator.go:277] updated ClusterIP allocator for Service CIDR 10.96.%n.0/24`,
	`W%s       1 warnings.go:70] resourceVersion %n%n is too old, unrecognised user-agent UserAgent/%n.%n`,
	`I%s       1 node_authorizer.go:224] "NODE DENY" err="node 'node-%n' cannot get unknown secret team-%n/web-%n"`,
	`I%s       1 store.go:1579] "Monitoring resource count at path" resource="widgets-%n.example.com" path="<storage-prefix>//registry/example.com/widgets-%n"`,
	`I%s       1 cacher.go:460] cacher (widgets-%n.example.com): initialized`,
}

// busyLog writes the log of a busy API server, of about the given size. One line in ten is a failed
// authentication. The log is the same each time. It returns the number of lines, and the number of each cause.
func busyLog(w io.Writer, size int64) (lines int64, causes map[string]int64, err error) {
	out := bufio.NewWriterSize(w, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	causes = map[string]int64{}
	now := time.Date(2026, 5, 24, 0, 0, 0, 0, time.UTC)
	var line []byte
	for written := int64(0); written < size; lines++ {
		now = now.Add(time.Duration(random.IntN(20_000)) * time.Microsecond)
		line = line[:0]
		if lines%10 == 7 {
			r := refusals[random.IntN(len(refusals))]
			causes[r.cause]++
			line = fill(line, `E%s       1 authentication.go:74] "Unable to authenticate the request" err="`, now, random)
			line = append(fill(line, r.text, now, random), '"')
		} else {
			line = fill(line, others[random.IntN(len(others))], now, random)
		}
		line = append(line, '\n')
		written += int64(len(line))
		if _, err := out.Write(line); err != nil {
			return 0, nil, err
		}
	}
	return lines, causes, out.Flush()
}

func fill(line []byte, text string, now time.Time, random *rand.Rand) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			line = append(line, text[i])
			continue
		}
		i++
		switch text[i] {
		case 's':
			line = now.AppendFormat(line, "0102 15:04:05.000000")
		case 't':
			line = now.AppendFormat(line, time.RFC3339)
		case 'n':
			line = fmt.Append(line, random.IntN(250))
		case 'u':
			// One of a few hundred objects.
			line = fmt.Appendf(line, "7f0c3c1e-2f4e-4b3a-9d58-4a4a6f1a%04x", random.IntN(500))
		default:
			line = append(line, text[i])
		}
	}
	return line
}
