// Sends for so many seconds, and prints how many were acknowledged, or why one was not.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const timeout = 5 * time.Second

func newToken(context.Context) (oauth.Auth, error) {
	now := time.Now().Unix()
	claims := fmt.Sprintf(`{"sub":"alice","iat":%d,"exp":%d}`, now-1, now+60)
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "."
	return oauth.Auth{Token: token}, nil
}

func main() {
	bootstrap, topic, mechanism := os.Args[1], os.Args[2], os.Args[4]
	seconds, _ := strconv.Atoi(os.Args[3])
	mechanisms := map[string]sasl.Mechanism{
		"PLAIN":         plain.Auth{User: "alice", Pass: "alice-secret"}.AsMechanism(),
		"SCRAM-SHA-256": scram.Auth{User: "alice", Pass: "alice-secret"}.AsSha256Mechanism(),
		"SCRAM-SHA-512": scram.Auth{User: "alice", Pass: "alice-secret"}.AsSha512Mechanism(),
		"OAUTHBEARER":   oauth.Oauth(newToken),
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.RecordDeliveryTimeout(timeout),
		kgo.SASL(mechanisms[mechanism]),
		kgo.AllowAutoTopicCreation(),
	)
	if err != nil {
		panic(err)
	}
	defer client.Close()
	var acknowledged atomic.Int64
	var failure atomic.Value
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for time.Now().Before(end) && failure.Load() == nil {
		record := &kgo.Record{Topic: topic, Value: []byte("value")}
		client.Produce(context.Background(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				failure.Store(err.Error())
			} else {
				acknowledged.Add(1)
			}
		})
		time.Sleep(5 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*timeout)
	defer cancel()
	if err := client.Flush(ctx); err != nil {
		failure.Store(err.Error())
	}
	// Of records that were not sent in time it does not say why.
	if err := client.Ping(ctx); err != nil {
		failure.Store(err.Error())
	}
	if reason := failure.Load(); reason != nil {
		fmt.Println(reason)
	} else {
		fmt.Println(acknowledged.Load())
	}
}
