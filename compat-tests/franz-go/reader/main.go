// Prints the records of a topic from its start on: partition, offset, key and value.
//
//	reader localhost:9092 TOPIC read_committed|read_uncommitted follow|once
//
// `once` ends where the topic ends; `follow` goes on until a line comes in.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := read(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(bootstrap, topic, isolation, extent string) error {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		stop()
	}()
	level := kgo.ReadUncommitted()
	if isolation == "read_committed" {
		level = kgo.ReadCommitted()
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(level),
		kgo.FetchMaxWait(100*time.Millisecond),
		// The last one of a topic tells that it ends here.
		kgo.KeepControlRecords(),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	left := map[int32]int64{-1: 0}
	if extent == "once" {
		if left, err = endsOf(ctx, client, topic); err != nil {
			return err
		}
	}
	output := bufio.NewWriter(os.Stdout)
	for len(left) > 0 && ctx.Err() == nil {
		client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			if !record.Attrs.IsControl() {
				fmt.Fprintf(output, "%d %d %s %s\n",
					record.Partition, record.Offset, record.Key, record.Value)
			}
			if end, isLeft := left[record.Partition]; isLeft && record.Offset+1 >= end {
				delete(left, record.Partition)
			}
		})
		if err := output.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// endsOf gives the ends of all partitions that have any records.
func endsOf(ctx context.Context, client *kgo.Client, topic string) (map[int32]int64, error) {
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err != nil {
		return nil, err
	}
	ends := map[int32]int64{}
	listed.Each(func(offset kadm.ListedOffset) {
		if offset.Offset > 0 {
			ends[offset.Partition] = offset.Offset
		}
	})
	return ends, nil
}
