package finding

import (
	"errors"
	"io/fs"
	"net"
	"net/url"
)

// foreignError is the text of an error of another program or library. The part of an error whose
// type tells the names in it keeps those names.
func foreignError(err error) Text {
	whole := Shorten(err.Error(), MaxText)
	out, from := T("%s", Message(whole)), len(whole)
	for _, inner := range naming(err) {
		words := inner.String()
		if at := len(whole) - len(words); at >= 0 && at < from && whole[at:] == words {
			out, from = T("%s%s", Message(whole[:at]), inner), at
		}
	}
	return out
}

// naming are the texts of the errors in err whose types tell the names in them.
func naming(err error) (out []Text) {
	var own texter
	if errors.As(err, &own) {
		out = append(out, own.Text())
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		out = append(out, T("%s %s: %s", Message(path.Op), File.Of(path.Path), Err(path.Err)))
	}
	var request *url.Error
	if errors.As(err, &request) {
		out = append(out, T("%s %q: %s", Message(request.Op), URL.Of(request.URL), Err(request.Err)))
	}
	var connection *net.OpError
	if errors.As(err, &connection) {
		var ends []Value
		for _, end := range []net.Addr{connection.Source, connection.Addr} {
			if end != nil {
				ends = append(ends, Address.Of(end.String()).Whole())
			}
		}
		out = append(out, T("%s %s %s: %s", Message(connection.Op), Message(connection.Net), Join("->", ends...), Err(connection.Err)))
	}
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		out = append(out,
			T("lookup %s: %s", Host.Of(lookup.Name).Whole(), Message(lookup.Err)),
			T("lookup %s on %s: %s", Host.Of(lookup.Name).Whole(), Address.Of(lookup.Server).Whole(), Message(lookup.Err)))
	}
	return out
}
