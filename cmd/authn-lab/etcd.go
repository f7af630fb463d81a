package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
)

// startEtcd runs etcd in this process and returns its client URL. It does not flush to disk, because a lab is temporary.
func (d labDir) startEtcd(ctx context.Context) (*embed.Etcd, string, error) {
	wal.SegmentSizeBytes = 4 << 20 // two are allocated at once; the default, 64 MB, is for clusters that live

	anyPort := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	cfg := embed.NewConfig()
	cfg.Name = "authn-lab"
	cfg.Dir = d.path("etcd")
	cfg.ListenClientUrls = []url.URL{anyPort}
	cfg.AdvertiseClientUrls = cfg.ListenClientUrls
	// A member needs a peer URL, although there are no peers: nothing listens on it or connects to it.
	cfg.ListenPeerUrls = nil
	cfg.AdvertisePeerUrls = []url.URL{anyPort}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.EnableGRPCGateway = false // no client uses HTTP
	cfg.UnsafeNoFsync = true
	cfg.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration // only the flags set it
	cfg.LogLevel = "warn"
	cfg.LogOutputs = []string{d.path("etcd.log")}
	// The only member does not need to wait for others before an election.
	cfg.TickMs, cfg.ElectionMs = 10, 100

	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, "", fmt.Errorf("cannot start etcd: %w", err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, "http://" + etcd.Clients[0].Addr().String(), nil
	case err := <-etcd.Err():
		etcd.Close()
		return nil, "", fmt.Errorf("etcd stopped: %w", err)
	case <-etcd.Server.StopNotify():
		return nil, "", errors.New("etcd stopped")
	case <-ctx.Done():
		etcd.Close()
		return nil, "", ctx.Err()
	}
}
