package pasted

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// foreign makes log lines of programs that have nothing to do with an API server's credentials, in
// which no authentication and no TLS error stands.
type foreign struct{ *rand.Rand }

func (f foreign) one(of ...string) string { return of[f.IntN(len(of))] }

func (f foreign) id() string {
	const digits = "0123456789abcdef"
	b := make([]byte, 8+f.IntN(24))
	for i := range b {
		b[i] = digits[f.IntN(len(digits))]
	}
	return string(b)
}

func (f foreign) host() string {
	return f.one("db", "cache", "queue", "search", "mail", "ledger", "shelf", "kiosk") + f.one("", "-0", "-primary", ".internal", ".example.net", ".prod.svc.cluster.local") + f.one("", ":5432", ":6379", ":9092", ":8080")
}

func (f foreign) ip() string {
	return fmt.Sprintf("10.%d.%d.%d", f.IntN(256), f.IntN(256), f.IntN(256))
}

func (f foreign) at() time.Time {
	return time.Date(2026, time.Month(1+f.IntN(12)), 1+f.IntN(28), f.IntN(24), f.IntN(60), f.IntN(60), f.IntN(1e9), time.UTC)
}

// message is what happened.
func (f foreign) message() string {
	n := f.IntN(5000)
	switch f.IntN(42) {
	case 0:
		return fmt.Sprintf("dial tcp %s:5432: connect: connection refused", f.ip())
	case 1:
		return fmt.Sprintf("dial tcp: lookup %s on 10.96.0.10:53: no such host", f.one("db", "queue", "mail"))
	case 2:
		return fmt.Sprintf("read tcp %s:41234->%s:6379: i/o timeout", f.ip(), f.ip())
	case 3:
		return "context deadline exceeded"
	case 4:
		return fmt.Sprintf("write tcp %s:9092: broken pipe", f.ip())
	case 5:
		return fmt.Sprintf("request for order %d took %dms", n, n/3)
	case 6:
		return fmt.Sprintf("worker %d picked up job %s", n, f.id())
	case 7:
		return fmt.Sprintf("cache miss for key user:%s, loading it", f.id())
	case 8:
		return fmt.Sprintf("reconciling object shop/%s-%d", f.one("cart", "till", "stock"), n)
	case 9:
		return "the token bucket is empty, the client has to wait"
	case 10:
		return fmt.Sprintf("renewed the lease of %s for %ds", f.host(), n%60)
	case 11:
		return fmt.Sprintf("session %s of user %d has ended", f.id(), n)
	case 12:
		return "open /etc/app/config.yaml: no such file or directory"
	case 13:
		return fmt.Sprintf("unexpected end of input at line %d", n)
	case 14:
		return fmt.Sprintf("GET /api/v2/items/%d 404 %dms", n, n%90)
	case 15:
		return fmt.Sprintf("retry %d of 5 in %ds: server misbehaving", n%5, n%30)
	case 16:
		return `parsing "` + f.id() + `": invalid syntax`
	case 17:
		return fmt.Sprintf("status code: 503, request id: %s", f.id())
	case 18:
		return "the certificate of the course was printed"
	case 19:
		return fmt.Sprintf("imported %d rows from %s", n, f.host())
	case 20:
		return "service account balances were reconciled"
	case 21:
		return fmt.Sprintf("User %q cannot order more than %d items", f.one("jane", "li"), n%10)
	case 22:
		return "the authorization hold on the card was released"
	case 23:
		return fmt.Sprintf("exit status %d", n%3+1)
	case 24:
		return "EOF"
	case 25:
		return fmt.Sprintf("rpc error: code = Unavailable desc = %s is draining", f.host())
	case 26:
		return fmt.Sprintf("level %d of the game is locked", n)
	case 27:
		return fmt.Sprintf("pod shop/till-%d is not ready", n)
	case 28:
		return "Back-off restarting failed container"
	case 29:
		return fmt.Sprintf("Failed to pull image %q: not found", f.host()+"/app:"+f.id())
	case 30:
		return fmt.Sprintf("0/%d nodes are available: insufficient cpu", n%40+1)
	case 31:
		return "Liveness probe failed: HTTP probe failed with statuscode: 500"
	case 32:
		return fmt.Sprintf("bearer of the coupon %d", n)
	case 33:
		return "the request was rejected because the basket is empty"
	case 34:
		return fmt.Sprintf("the server could not find the page %d", n)
	case 35:
		return "disk quota exceeded"
	case 36:
		return fmt.Sprintf("lookup table %s has %d entries", f.id(), n)
	case 37:
		return fmt.Sprintf("json: cannot unmarshal number %d into Go struct field Item.name of type string", n)
	case 38:
		return `pq: duplicate key value violates unique constraint "orders_pkey"`
	case 39:
		return "net/http: request canceled"
	case 40:
		return fmt.Sprintf("connection reset by peer after %d bytes", n)
	}
	return fmt.Sprintf("done with %d of %d", n/2, n)
}

func (f foreign) line() string {
	at, m, n := f.at(), f.message(), f.IntN(5000)
	level := f.one("DEBUG", "INFO", "WARN", "ERROR")
	switch f.IntN(24) {
	case 0:
		return fmt.Sprintf(`{"level":%q,"ts":%d.%d,"caller":"app/main.go:%d","msg":%q,"attempt":%d}`, strings.ToLower(level), at.Unix(), n, n, m, n%7)
	case 1:
		return fmt.Sprintf("%s\t%s\tapp/worker.go:%d\t%s\t{\"id\": %q}", at.Format("2006-01-02T15:04:05.000Z"), level, n, m, f.id())
	case 2:
		return fmt.Sprintf("time=%q level=%s msg=%q host=%s", at.Format(time.RFC3339), strings.ToLower(level), m, f.host())
	case 3:
		return fmt.Sprintf("time=%s level=%s msg=%q attempt=%d", at.Format(time.RFC3339Nano), level, m, n)
	case 4:
		return fmt.Sprintf("%s%s %7d worker.go:%d] %s", level[:1], at.Format("0102 15:04:05.000000"), 1, n, m)
	case 5:
		return fmt.Sprintf("%s%s %7d queue.go:%d] %q err=%q", level[:1], at.Format("0102 15:04:05.000000"), 1, n, f.one("Cannot go on", "Skipped", "Will retry"), m)
	case 6:
		return at.Format("2006/01/02 15:04:05 ") + m
	case 7:
		return fmt.Sprintf("%s %5s [%s] c.e.shop.%s : %s", at.Format("2006-01-02 15:04:05.000"), level, f.one("main", "http-nio-8080-exec-7", "pool-1-thread-3"), f.one("Till", "Cart", "Stock"), m)
	case 8:
		return fmt.Sprintf("%s [%s] %s com.example.shop.%s - %s", at.Format("15:04:05.000"), f.one("main", "scheduling-1"), level, f.one("Till", "Cart"), m)
	case 9:
		return f.one("java.lang.IllegalStateException: ", "Caused by: java.io.IOException: ", "java.net.ConnectException: Connection refused: ", "java.net.SocketTimeoutException: Read timed out: ") + m
	case 10:
		return fmt.Sprintf("\tat com.example.shop.%s.%s(%s.java:%d)", f.one("Till", "Cart"), f.one("open", "close", "lambda$run$0"), f.one("Till", "Cart"), n)
	case 11:
		return fmt.Sprintf("%s - shop.%s - %s - %s", at.Format("2006-01-02 15:04:05,000"), f.one("till", "cart"), level, m)
	case 12:
		return f.one("Traceback (most recent call last):", `  File "/app/till.py", line 12, in open`, "    raise ValueError(text)", "ValueError: "+m, "ConnectionRefusedError: [Errno 111] Connection refused", "KeyError: '"+f.id()+"'")
	case 13:
		return fmt.Sprintf(`%s - - [%s] "%s /%s/%d HTTP/1.1" %s %d "-" "Mozilla/5.0 (X11; Linux x86_64)"`, f.ip(), at.Format("02/Jan/2006:15:04:05 -0700"), f.one("GET", "POST"), f.one("items", "img", "api"), n, f.one("200", "204", "301", "404", "500", "502"), n)
	case 14:
		return fmt.Sprintf(`%s [error] 31#31: *%d connect() failed (111: Connection refused) while connecting to upstream, client: %s, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://%s:8080/"`, at.Format("2006/01/02 15:04:05"), n, f.ip(), f.ip())
	case 15:
		return fmt.Sprintf("%s node-%d systemd[1]: %s", at.Format("Jan _2 15:04:05"), n%9, f.one("Started Daily clean-up.", "Stopping Network Name Resolution...", "app.service: Main process exited, code=exited, status=1/FAILURE", "app.service: Scheduled restart job, restart counter is at 7."))
	case 16:
		return fmt.Sprintf("%s node-%d app[%d]: %s", at.Format("Jan _2 15:04:05"), n%9, n, m)
	case 17:
		return fmt.Sprintf("%s UTC [%d] %s:  %s", at.Format("2006-01-02 15:04:05.000"), n, f.one("LOG", "ERROR", "FATAL", "STATEMENT", "HINT"),
			f.one(`duplicate key value violates unique constraint "orders_pkey"`, "checkpoint complete: wrote 12 buffers", `relation "orders" does not exist at character 15`, "terminating connection due to administrator command", "SELECT * FROM orders WHERE id = 7"))
	case 18:
		return fmt.Sprintf("[%5d.%06d] %s", n, n, f.one("usb 1-1: new high-speed USB device number 4 using xhci_hcd", "eth0: link becomes ready", "Out of memory: Killed process 4711 (till)", "EXT4-fs (sda1): mounted filesystem with ordered data mode", "TCP: request_sock_TCP: Possible SYN flooding on port 8080."))
	case 19:
		return fmt.Sprintf(`{"log":%q,"stream":"stdout","time":%q}`, m+"\n", at.Format(time.RFC3339Nano))
	case 20:
		return fmt.Sprintf("%s stdout F %s", at.Format(time.RFC3339Nano), m)
	case 21:
		return fmt.Sprintf("%s-%d  | %s", f.one("till", "cart"), n%3, m)
	case 22:
		return fmt.Sprintf("[%s] %s: %s", at.Format(time.RFC3339), level, m)
	}
	return "goroutine " + fmt.Sprint(n) + " [running]:"
}

// What other programs log names no cause: neither a line, nor many, nor lines that were wrapped.
func TestForeignLogsNameNoCause(t *testing.T) {
	const part = 400
	lines := 100_000
	if testing.Short() {
		lines /= 10
	}
	f := foreign{rand.New(rand.NewPCG(12, 2026))}
	all := make([]string, lines)
	for i := range all {
		all[i] = f.line()
	}
	wrong := 0
	check := func(name, text string) {
		if d, ok := FromText(text); ok {
			if wrong++; wrong < 20 {
				t.Errorf("%s: %s %s: %s", name, d.Verdict, d.Cause, d.Findings[0].Evidence[0].Value)
			}
		}
	}
	for i := 0; i < lines; i += part {
		// Every line is read as it is, and every tenth wrapped in one of two ways.
		some := all[i : i+part]
		for _, line := range some[:part/40] {
			check("line", line)
		}
		check("lines", strings.Join(some, "\n"))
		var hard, words []string
		for _, line := range some[:part/10] {
			hard, words = append(hard, pastedtest.Hard(line, 80)...), append(words, pastedtest.Words(line, 60)...)
		}
		check("wrapped lines", strings.Join(hard, "\n"))
		check("lines wrapped at words", strings.Join(words, "\n    "))
		check("lines without an order", strings.Join([]string{some[part-1], some[0], some[part/2]}, "\n"))
	}

	// The same lines with an error in their midst name it.
	with := append([]string{}, all[:part]...)
	with[part/2] = `E0524 19:10:28.123456       1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`
	if _, ok := FromText(strings.Join(with, "\n")); !ok {
		t.Error("an error among other lines is not found")
	}
}
