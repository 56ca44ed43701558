// Copies a topic to another in transactions, with franz-go's GroupTransactSession: see
// exactly-once/copiers.ts for its arguments and lines.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	fetchWait  = 100 * time.Millisecond
	maxRecords = 500
	// Each so many transactions, one is aborted, and its records must never be seen.
	doomedEach = 8
)

func main() {
	bootstrap, input, output := os.Args[1], os.Args[2], os.Args[3]
	group, transactionalID := os.Args[4], os.Args[5]
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		stop()
	}()
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(bootstrap),
		kgo.ConsumeTopics(input),
		kgo.ConsumerGroup(group),
		kgo.TransactionalID(transactionalID),
		kgo.DefaultProduceTopic(output),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(milliseconds(os.Args[6])),
		kgo.HeartbeatInterval(milliseconds(os.Args[7])),
		kgo.FetchMaxWait(fetchWait),
	)
	if err == nil {
		err = run(ctx, session)
	}
	if err != nil {
		// Its successor finds out what became of the transaction.
		say("fatal", err)
		os.Exit(1)
	}
	say("stopped")
}

func run(ctx context.Context, session *kgo.GroupTransactSession) error {
	defer session.Close()
	for transactions := 1; ctx.Err() == nil; {
		fetches := session.PollRecords(ctx, maxRecords)
		fetches.EachError(func(_ string, _ int32, err error) {
			if !errors.Is(err, context.Canceled) {
				fmt.Fprintln(os.Stderr, err)
			}
		})
		if fetches.NumRecords() == 0 {
			continue
		}
		if err := attempt(session, fetches, transactions%doomedEach == 0); err != nil {
			return err
		}
		transactions++
	}
	return nil
}

// attempt: where it is aborted, the session goes back to what is committed.
func attempt(session *kgo.GroupTransactSession, fetches kgo.Fetches, isDoomed bool) error {
	if err := session.Begin(); err != nil {
		return err
	}
	// Not until it is told to stop: what was begun is ended.
	ctx := context.Background()
	failure := kgo.AbortingFirstErrPromise(session.Client())
	fetches.EachRecord(func(record *kgo.Record) {
		copied := kgo.KeySliceRecord(record.Key, record.Value)
		if isDoomed {
			copied.Value = append([]byte("x"), record.Value...)
		}
		session.Produce(ctx, copied, failure.Promise())
	})
	produceErr := failure.Err()
	isCommitted, err := session.End(ctx, kgo.TransactionEndTry(produceErr == nil && !isDoomed))
	switch {
	case err != nil:
		return err
	case isCommitted:
		say("committed", fetches.NumRecords())
	case isDoomed && produceErr == nil:
		say("aborted", fetches.NumRecords())
	default:
		say("failed", produceErr)
	}
	return nil
}

func say(words ...any) {
	fmt.Println(strings.ReplaceAll(strings.TrimSpace(fmt.Sprintln(words...)), "\n", " "))
}

func milliseconds(text string) time.Duration {
	number, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return time.Duration(number) * time.Millisecond
}
