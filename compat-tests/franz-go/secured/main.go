// franz-go: see security/client.ts for the cases that it takes and what it says of them.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const timeout = 3 * time.Second

type testCase struct {
	Name      string `json:"name"`
	Bootstrap string `json:"bootstrap"`
	Topic     string `json:"topic"`
	Protocol  string `json:"protocol"`
	Authority string `json:"authority"`
	Identity  string `json:"identity"`
	Mechanism string `json:"mechanism"`
	Username  string `json:"username"`
	Password  string `json:"password"`
	Token     string `json:"token"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one testCase
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		answer := map[string]any{"name": one.Name}
		if err := attempt(one); err != nil {
			answer["error"] = err.Error()
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func attempt(one testCase) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*timeout)
	defer cancel()
	options := []kgo.Opt{
		kgo.SeedBrokers(one.Bootstrap),
		kgo.RequestRetries(0),
		kgo.RecordRetries(0),
		kgo.DisableIdempotentWrite(),
		kgo.RetryTimeout(timeout),
		kgo.DefaultProduceTopic(one.Topic),
	}
	secured, err := secure(one)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(append(options, secured...)...)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Ping(ctx); err != nil {
		return err
	}
	record, err := client.ProduceSync(ctx, kgo.StringRecord(one.Name)).First()
	if err != nil {
		return err
	}
	return read(ctx, client, record)
}

func read(ctx context.Context, client *kgo.Client, written *kgo.Record) error {
	offset := kgo.NewOffset().At(written.Offset)
	partitions := map[int32]kgo.Offset{written.Partition: offset}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{written.Topic: partitions})
	fetches := client.PollRecords(ctx, 1)
	if err := fetches.Err(); err != nil {
		return err
	}
	if value := string(fetches.Records()[0].Value); value != string(written.Value) {
		return fmt.Errorf("read %s", value)
	}
	return nil
}

func secure(one testCase) ([]kgo.Opt, error) {
	var options []kgo.Opt
	if one.Authority != "" {
		config, err := tlsConfig(one)
		if err != nil {
			return nil, err
		}
		dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: timeout}, Config: config}
		options = append(options, kgo.Dialer(dialer.DialContext))
	}
	if mechanism := mechanismOf(one); mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

func tlsConfig(one testCase) (*tls.Config, error) {
	authority, err := os.ReadFile(one.Authority)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, errors.New("no certificate of an authority")
	}
	host, _, _ := strings.Cut(one.Bootstrap, ":")
	config := &tls.Config{RootCAs: roots, ServerName: host}
	if one.Identity != "" {
		identity, err := os.ReadFile(one.Identity)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(identity, identity)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

func mechanismOf(one testCase) sasl.Mechanism {
	switch one.Mechanism {
	case "PLAIN":
		return plain.Auth{User: one.Username, Pass: one.Password}.AsMechanism()
	case "SCRAM-SHA-256":
		return scram.Auth{User: one.Username, Pass: one.Password}.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		return scram.Auth{User: one.Username, Pass: one.Password}.AsSha512Mechanism()
	case "OAUTHBEARER":
		return oauth.Auth{Token: one.Token}.AsMechanism()
	default:
		return nil
	}
}
