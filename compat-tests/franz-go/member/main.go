// A member of franz-go's: see groups/member.ts for its arguments, groups/history.ts for its lines.
// Protocols: range, cooperative-sticky, consumer (KIP-848), share (KIP-932).
//
// It has no longest time between polls: it is too slow only when its process stands still.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const fetchWait = 100 * time.Millisecond

var printing sync.Mutex

func say(words ...any) {
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(append([]any{time.Now().UnixMilli()}, words...)...)
}

func main() {
	bootstrap, topic, group, protocol := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	session, heartbeat := milliseconds(os.Args[5]), milliseconds(os.Args[6])
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		// The only command that it knows.
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		stop()
	}()
	common := []kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.ConsumeTopics(topic),
		kgo.FetchMaxWait(fetchWait),
	}
	var err error
	if protocol == "share" {
		if err = startAtEarliest(ctx, bootstrap, group); err == nil {
			err = share(ctx, group, common)
		}
	} else {
		err = consume(ctx, append(common, groupOptions(group, protocol, session, heartbeat)...))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	say("stopped")
}

func groupOptions(group, protocol string, session, heartbeat time.Duration) []kgo.Opt {
	options := []kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.RebalanceTimeout(session),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			tell("assigned", partitions)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			tell("revoked", partitions)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			tell("lost", partitions)
		}),
	}
	classic := []kgo.Opt{kgo.SessionTimeout(session), kgo.HeartbeatInterval(heartbeat)}
	switch protocol {
	case "range":
		return append(append(options, classic...), kgo.Balancers(kgo.RangeBalancer()))
	case "cooperative-sticky":
		return append(append(options, classic...), kgo.Balancers(kgo.CooperativeStickyBalancer()))
	default:
		return append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	}
}

// consume commits what a poll gave before it allows a rebalance, so nothing is left to be committed
// when partitions are revoked.
func consume(ctx context.Context, options []kgo.Opt) error {
	say("joining")
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		complain(fetches)
		next := receive(fetches)
		// Not with ctx: what was received is committed before it stops.
		err := client.CommitRecords(context.Background(), fetches.Records()...)
		if err == nil {
			committed(next)
		} else if !errors.Is(err, kerr.RebalanceInProgress) {
			say("error", err)
		}
		client.AllowRebalance()
	}
	client.CloseAllowingRebalance()
	return nil
}

func complain(fetches kgo.Fetches) {
	fetches.EachError(func(_ string, _ int32, err error) {
		if !errors.Is(err, context.Canceled) {
			say("error", err)
		}
	})
}

// receive tells what came before it is committed: what a killed member committed was received.
func receive(fetches kgo.Fetches) map[int32]int64 {
	next := map[int32]int64{}
	fetches.EachRecord(func(record *kgo.Record) {
		say("record", record.Partition, record.Offset, string(record.Value))
		next[record.Partition] = max(next[record.Partition], record.Offset+1)
	})
	return next
}

func committed(next map[int32]int64) {
	for partition, offset := range next {
		say("committed", partition, offset)
	}
}

func tell(what string, partitions map[string][]int32) {
	words := []any{what}
	for _, numbers := range partitions {
		for _, number := range numbers {
			words = append(words, number)
		}
	}
	say(words...)
}

// share accepts everything that a poll gave before it polls again.
func share(ctx context.Context, group string, options []kgo.Opt) error {
	// Of the partitions of the last poll, what the broker said to the acknowledgements.
	accepted := map[int32]bool{}
	var accepting sync.Mutex
	options = append(options, kgo.ShareGroup(group), kgo.ShareAckCallback(
		func(_ *kgo.Client, results kgo.ShareAckResults) {
			accepting.Lock()
			defer accepting.Unlock()
			for _, result := range results {
				if result.Err != nil {
					say("error", result.Err)
				}
				before, isKnown := accepted[result.Partition]
				accepted[result.Partition] = result.Err == nil && (before || !isKnown)
			}
		},
	))
	say("joining")
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		complain(fetches)
		next := receive(fetches)
		client.MarkAcks(kgo.AckAccept)
		if err := client.FlushAcks(context.Background()); err != nil {
			return err
		}
		accepting.Lock()
		maps.DeleteFunc(next, func(partition int32, _ int64) bool { return !accepted[partition] })
		clear(accepted)
		accepting.Unlock()
		committed(next)
	}
	client.Close()
	return nil
}

// startAtEarliest: a share group starts at the latest records otherwise.
func startAtEarliest(ctx context.Context, bootstrap, group string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType = kmsg.ConfigResourceTypeGroupConfig
	resource.ResourceName = group
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = "share.auto.offset.reset", kmsg.StringPtr("earliest")
	resource.Configs = append(resource.Configs, config)
	request.Resources = append(request.Resources, resource)
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.Resources[0].ErrorCode)
}

func milliseconds(text string) time.Duration {
	number, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		panic(err)
	}
	return time.Duration(number) * time.Millisecond
}
