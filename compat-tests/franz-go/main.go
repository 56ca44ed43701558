// The admin surface of franz-go (pkg/kadm, and pkg/kmsg where kadm has no call for it), one line of
// output for each operation: its name, a tab, and the answer, or "error" and Kafka's name of the
// error. Names of topics, groups and users are unique to a run on the wire, and not in the output.
//
//	go run . localhost:9092 [name of the run]
//
// What it leaves to others: transactions (WriteTxnMarkers, ListTransactions, DescribeTransactions,
// DescribeProducers), groups of the new protocols and of share consumers, the deletion of groups and
// of their offsets.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	timeout      = 20 * time.Second
	settlingTime = 5 * time.Second
	pause        = 20 * time.Millisecond
)

// session is what the operations share: they run in order, and later ones see what earlier ones did.
type session struct {
	seed   string
	prefix string
	client *kgo.Client
	admin  *kadm.Client
}

type operation struct {
	name string
	run  func(context.Context, *session) (string, error)
	// settles: Kafka shows a change a moment after it has acknowledged it, so ask until it is there.
	settles bool
}

func once(name string, run func(context.Context, *session) (string, error)) operation {
	return operation{name, run, false}
}

func settling(name string, run func(context.Context, *session) (string, error)) operation {
	return operation{name, run, true}
}

// What is expected of a broker: an operation, a tab, its answer.
//
//go:embed expected.tsv
var expected string

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: franz-go BOOTSTRAP [RUN]")
		os.Exit(2)
	}
	run := fmt.Sprint(time.Now().UnixNano())
	if len(os.Args) > 2 {
		run = os.Args[2]
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Args[1], ",")...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		// Every answer is the broker's, not one that the client remembers.
		kgo.MetadataMinAge(10*time.Millisecond),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer client.Close()
	s := &session{os.Args[1], run + "-", client, kadm.NewClient(client)}
	for _, operations := range [][]operation{
		clusterOperations,
		topicOperations,
		configOperations,
		recordOperations,
		placementOperations,
		groupOperations,
		quotaOperations,
		securityOperations,
		deletions,
	} {
		for _, o := range operations {
			fmt.Printf("%s\t%s\n", o.name, s.settledAnswer(o))
		}
	}
}

func (s *session) settledAnswer(o operation) string {
	ctx, cancel := context.WithTimeout(context.Background(), settlingTime)
	defer cancel()
	for {
		answer := s.answer(o)
		if !o.settles || strings.Contains(expected, o.name+"\t"+answer+"\n") {
			return answer
		}
		select {
		case <-ctx.Done():
			return answer
		case <-time.After(pause):
		}
	}
}

func (s *session) answer(o operation) string {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	answer, err := o.run(ctx, s)
	if err != nil {
		answer = "error " + code(err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(answer, s.prefix, ""), "\n", " ")
}

// named makes a name that no other run uses.
func (s *session) named(name string) string { return s.prefix + name }

// code is Kafka's name of an error, "ok" for none, and the text of an error that is not Kafka's.
func code(err error) string {
	var known *kerr.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &known):
		return known.Message
	default:
		return err.Error()
	}
}

func text(value *string) string {
	if value == nil {
		return "null"
	}
	return *value
}

func pointer[T any](value T) *T { return &value }

// each describes items, with a comma in between.
func each[T any](items []T, describe func(T) string) string {
	var described []string
	for _, item := range items {
		described = append(described, describe(item))
	}
	return strings.Join(described, ", ")
}

// eachByName is each, in the order of what is said.
func eachByName[T any](items []T, describe func(T) string) string {
	var described []string
	for _, item := range items {
		described = append(described, describe(item))
	}
	slices.Sort(described)
	return strings.Join(described, ", ")
}
