package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The topic orders gets five records in partition 0, a day apart; the one in the middle is the newest.
var (
	days        = []int{1, 2, 9, 4, 5}
	dayOfRecord = func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
)

var recordOperations = []operation{
	once("produce", func(ctx context.Context, s *session) (string, error) {
		var offsets []int64
		for number, day := range days {
			record := &kgo.Record{
				Topic: s.named("orders"), Key: []byte("key"), Value: fmt.Appendf(nil, "record %d", number),
				Headers:   []kgo.RecordHeader{{Key: "number", Value: []byte{byte(number)}}},
				Timestamp: dayOfRecord(day),
			}
			produced, err := s.client.ProduceSync(ctx, record).First()
			if err != nil {
				return "", err
			}
			offsets = append(offsets, produced.Offset)
		}
		return fmt.Sprintf("offsets %v", offsets), nil
	}),
	once("consume", func(ctx context.Context, s *session) (string, error) {
		return s.consume(ctx, s.named("orders"), len(days))
	}),
	settling("ListStartOffsets", listing((*kadm.Client).ListStartOffsets)),
	settling("ListEndOffsets", listing((*kadm.Client).ListEndOffsets)),
	settling("ListCommittedOffsets", listing((*kadm.Client).ListCommittedOffsets)),
	settling("ListMaxTimestampOffsets", listing((*kadm.Client).ListMaxTimestampOffsets)),
	settling("ListLocalLogStartOffsets", listing((*kadm.Client).ListLocalLogStartOffsets)),
	settling("ListLatestRemoteOffsets", listing((*kadm.Client).ListLatestRemoteOffsets)),
	settling("ListOffsetsAfterMilli", func(ctx context.Context, s *session) (string, error) {
		var answers []string
		for _, at := range []time.Time{dayOfRecord(2), dayOfRecord(3), dayOfRecord(10)} {
			listed, err := s.admin.ListOffsetsAfterMilli(ctx, at.UnixMilli(), s.named("orders"))
			if err != nil {
				return "", err
			}
			answers = append(answers, offsetIn(listed, s.named("orders")))
		}
		return strings.Join(answers, ", "), nil
	}),
	settling("ListOffsets of an unknown topic", func(ctx context.Context, s *session) (string, error) {
		listed, err := s.admin.ListEndOffsets(ctx, s.named("absent"))
		if err != nil {
			return "", err
		}
		return code(listed.Error()), nil
	}),
	once("OffsetForLeaderEpoch", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopics(ctx, s.named("orders"))
		if err != nil {
			return "", err
		}
		epoch := topics[s.named("orders")].Partitions[0].LeaderEpoch
		answers := []string{}
		for _, asked := range []int32{epoch, epoch + 1} {
			request := kadm.OffsetForLeaderEpochRequest{}
			request.Add(s.named("orders"), 0, asked)
			ends, err := s.admin.OffsetForLeaderEpoch(ctx, request)
			if err != nil {
				return "", err
			}
			end := ends[s.named("orders")][0]
			answers = append(answers, fmt.Sprintf("%s end %d", code(end.Err), end.EndOffset))
		}
		return strings.Join(answers, ", "), nil
	}),
	once("DeleteRecords", func(ctx context.Context, s *session) (string, error) {
		return s.deleteRecords(ctx, s.named("orders"), 2)
	}),
	once("DeleteRecords up to the high watermark", func(ctx context.Context, s *session) (string, error) {
		return s.deleteRecords(ctx, s.named("orders"), -1)
	}),
	once("DeleteRecords beyond the end", func(ctx context.Context, s *session) (string, error) {
		return s.deleteRecords(ctx, s.named("orders"), 99)
	}),
	once("DeleteRecords of an unknown topic", func(ctx context.Context, s *session) (string, error) {
		request := kmsg.NewPtrDeleteRecordsRequest()
		topic := kmsg.NewDeleteRecordsRequestTopic()
		topic.Topic = s.named("absent")
		topic.Partitions = append(topic.Partitions, kmsg.NewDeleteRecordsRequestTopicPartition())
		request.Topics = append(request.Topics, topic)
		broker, err := s.anyBroker(ctx)
		if err != nil {
			return "", err
		}
		response, err := request.RequestWith(ctx, s.client.Broker(int(broker)))
		if err != nil {
			return "", err
		}
		return code(kerr.ErrorForCode(response.Topics[0].Partitions[0].ErrorCode)), nil
	}),
	settling("ListStartOffsets after DeleteRecords", listing((*kadm.Client).ListStartOffsets)),
}

type list func(*kadm.Client, context.Context, ...string) (kadm.ListedOffsets, error)

// listing asks for offsets of the topic orders.
func listing(list list) func(context.Context, *session) (string, error) {
	return func(ctx context.Context, s *session) (string, error) {
		listed, err := list(s.admin, ctx, s.named("orders"))
		if err != nil {
			return "", err
		}
		return offsetIn(listed, s.named("orders")), nil
	}
}

// offsetIn is what was listed for partition 0, which has records, and for 1, which has none.
func offsetIn(listed kadm.ListedOffsets, topic string) string {
	describe := func(partition int32) string {
		offset := listed[topic][partition]
		return fmt.Sprintf("%s %d at %d", code(offset.Err), offset.Offset, offset.Timestamp)
	}
	return describe(0) + " / " + describe(1)
}

// consume reads the given number of records without a group.
func (s *session) consume(ctx context.Context, topic string, count int) (string, error) {
	consumer, err := kgo.NewClient(
		kgo.SeedBrokers(s.seed), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return "", err
	}
	defer consumer.Close()
	var values []string
	for len(values) < count {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return "", err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			values = append(values, fmt.Sprintf("%d %s", r.Offset, r.Value))
		})
	}
	slices.Sort(values)
	return strings.Join(values, ", "), nil
}

func (s *session) deleteRecords(ctx context.Context, topic string, before int64) (string, error) {
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, 0, before, -1)
	deleted, err := s.admin.DeleteRecords(ctx, offsets)
	if err != nil {
		return "", err
	}
	answer := deleted[topic][0]
	return fmt.Sprintf("%s low watermark %d", code(answer.Err), answer.LowWatermark), nil
}
