package hostile

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"
)

// The types of frames (RFC 9113, section 6) and their flags.
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameContinuation = 9
	endHeaders        = 4
)

// ok is the header `:status: 200` (RFC 7541, appendix A), and early `:status: 103`.
var (
	ok    = []byte{0x88}
	early = []byte{0x08, 3, '1', '0', '3'}
)

// http2 reads the frames of a client up to its first request.
func (v *visit) http2() {
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(v.in, preface); err != nil || string(preface[:3]) != "PRI" {
		return
	}
	v.frame(frameSettings, 0, 0, nil)
	for {
		var head [9]byte
		if _, err := io.ReadFull(v.in, head[:]); err != nil {
			return
		}
		length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, v.in, length); err != nil {
			return
		}
		if head[3] == frameHeaders {
			go v.wait()
			v.server.frames(v, binary.BigEndian.Uint32(head[5:])&0x7fffffff)
			return
		}
	}
}

func framed(kind, flags byte, stream uint32, payload []byte) []byte {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(head[5:], stream)
	return append(head, payload...)
}

func (v *visit) frame(kind, flags byte, stream uint32, payload []byte) {
	_, _ = v.Write(framed(kind, flags, stream, payload))
}

// forever writes a frame repeatedly, with a pause after each, or many at once without a pause.
func (v *visit) forever(pause time.Duration, kind, flags byte, stream uint32, payload []byte) {
	out := framed(kind, flags, stream, payload)
	if pause == 0 {
		out = bytes.Repeat(out, 1+(16<<10)/len(out))
	}
	for {
		if _, err := v.Write(out); err != nil {
			return
		}
		time.Sleep(pause)
	}
}
