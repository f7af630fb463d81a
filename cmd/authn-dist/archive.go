package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// archive is the archive of a platform.
type archive struct {
	platform platform
	name     string
	sha256   string
}

type member struct {
	name string
	mode int64
	data []byte
}

// pack writes the archive of a platform: the program, its completion program, and the license, with the time of
// the commit and without owners.
func pack(prefix string, p platform, binary string, completion, license []byte, at time.Time) (archive, error) {
	data, err := os.ReadFile(binary)
	if err != nil {
		return archive{}, err
	}
	members := []member{{"LICENSE", 0o644, license}, {program(p), 0o755, data}, {completes(p), 0o755, completion}}
	file, packed := prefix+p.extension(), tarball
	if p.os == "windows" {
		packed = zipped
	}
	content, err := packed(members, at)
	if err != nil {
		return archive{}, err
	}
	sum := sha256.Sum256(content)
	return archive{p, filepath.Base(file), hex.EncodeToString(sum[:])}, os.WriteFile(file, content, 0o644)
}

func tarball(members []member, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	// The gzip header has neither a name nor a time.
	compressed, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(compressed)
	for _, m := range members {
		header := &tar.Header{Name: m.name, Mode: m.mode, Size: int64(len(m.data)), ModTime: at, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func zipped(members []member, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: at}
		header.SetMode(os.FileMode(m.mode))
		f, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(m.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// writeChecksums writes the input of `sha256sum --check` for all files.
func writeChecksums(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var out strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(dir, "checksums.txt"), []byte(out.String()), 0o644)
}
