// Starts the image as a test would, by each module of Testcontainers for Go.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/kafka"
	"github.com/testcontainers/testcontainers-go/modules/redpanda"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func main() {
	image, module := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	begin := time.Now()
	container, brokers, options, err := start(ctx, image, module)
	if container != nil {
		defer func() { _ = testcontainers.TerminateContainer(container) }()
	}
	if err != nil {
		log.Println(err)
		return
	}
	fmt.Printf("started in %d ms\n", time.Since(begin).Milliseconds())
	value, err := produceAndConsume(ctx, append(options, kgo.SeedBrokers(brokers...)))
	if err != nil {
		log.Println(err)
		return
	}
	fmt.Println("got", value)
}

func start(ctx context.Context, image, module string) (
	testcontainers.Container, []string, []kgo.Opt, error,
) {
	switch module {
	case "kafka":
		container, err := kafka.Run(ctx, image)
		if err != nil {
			return container, nil, nil, err
		}
		brokers, err := container.Brokers(ctx)
		return container, brokers, nil, err
	case "redpanda":
		container, err := redpanda.Run(ctx, image, redpanda.WithAutoCreateTopics())
		if err != nil {
			return container, nil, nil, err
		}
		broker, err := container.KafkaSeedBroker(ctx)
		return container, []string{broker}, nil, err
	case "redpanda with SASL":
		container, err := redpanda.Run(ctx, image,
			redpanda.WithAutoCreateTopics(),
			redpanda.WithEnableSASL(),
			redpanda.WithEnableKafkaAuthorization(),
			redpanda.WithNewServiceAccount("superuser-1", "test"),
			redpanda.WithSuperusers("superuser-1"),
		)
		if err != nil {
			return container, nil, nil, err
		}
		broker, err := container.KafkaSeedBroker(ctx)
		user := scram.Auth{User: "superuser-1", Pass: "test"}
		return container, []string{broker}, []kgo.Opt{kgo.SASL(user.AsSha256Mechanism())}, err
	default:
		return nil, nil, nil, fmt.Errorf("unknown module %s", module)
	}
}

func produceAndConsume(ctx context.Context, options []kgo.Opt) (string, error) {
	client, err := kgo.NewClient(append(options,
		kgo.AllowAutoTopicCreation(),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumerGroup("billing"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	record := &kgo.Record{Topic: "orders", Value: []byte("value")}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return "", err
	}
	for ctx.Err() == nil {
		for _, record := range client.PollFetches(ctx).Records() {
			return string(record.Value), nil
		}
	}
	return "", ctx.Err()
}
