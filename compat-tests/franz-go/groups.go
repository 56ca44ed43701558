package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Classic groups: offsets of one that nobody is in, and a group with a static member.
var groupOperations = []operation{
	once("CommitOffsets", func(ctx context.Context, s *session) (string, error) {
		committed, err := s.admin.CommitOffsets(ctx, s.named("idle"), s.offsets(3, "by hand"))
		return eachCommitted(committed), err
	}),
	once("CommitOffsets of an unknown topic", func(ctx context.Context, s *session) (string, error) {
		offsets := kadm.Offsets{}
		offsets.AddOffset(s.named("absent"), 0, 1, -1)
		committed, err := s.admin.CommitOffsets(ctx, s.named("idle"), offsets)
		return eachCommitted(committed), err
	}),
	once("CommitAllOffsets", func(ctx context.Context, s *session) (string, error) {
		return "ok", s.admin.CommitAllOffsets(ctx, s.named("idle"), s.offsets(4, "again"))
	}),
	settling("FetchOffsets", func(ctx context.Context, s *session) (string, error) {
		fetched, err := s.admin.FetchOffsets(ctx, s.named("idle"))
		return eachCommitted(fetched), err
	}),
	settling("FetchOffsetsForTopics", func(ctx context.Context, s *session) (string, error) {
		fetched, err := s.admin.FetchOffsetsForTopics(ctx, s.named("idle"), s.named("orders"))
		return eachCommitted(fetched), err
	}),
	settling("FetchManyOffsets", func(ctx context.Context, s *session) (string, error) {
		fetched := s.admin.FetchManyOffsets(ctx, s.named("idle"), s.named("nobody"))
		var answers []string
		for _, group := range []string{"idle", "nobody"} {
			of := fetched[s.named(group)]
			answers = append(answers, fmt.Sprintf("%s %s [%s]", group, code(of.Err), eachCommitted(of.Fetched)))
		}
		return strings.Join(answers, ", "), nil
	}),
	once("CommitOffsetsByID", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopics(ctx, s.named("orders"))
		if err != nil {
			return "", err
		}
		id := topics[s.named("orders")].ID
		offsets := kadm.OffsetsByID{}
		offsets.Add(kadm.Offset{TopicID: id, Partition: 1, At: 5, LeaderEpoch: -1})
		committed, err := s.admin.CommitOffsetsByID(ctx, s.named("idle"), offsets)
		return fmt.Sprintf("%d %s", committed[id][1].At, code(committed[id][1].Err)), err
	}),
	settling("FetchOffsetsByID", func(ctx context.Context, s *session) (string, error) {
		fetched, err := s.admin.FetchOffsetsByID(ctx, s.named("idle"))
		return each(fetched.Sorted(), func(r kadm.OffsetResponse) string {
			return fmt.Sprintf("id %t/%d at %d %s", r.TopicID != kadm.TopicID{}, r.Partition, r.At, code(r.Err))
		}), err
	}),
	settling("DescribeGroups of a group without members", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeGroups(ctx, s.named("idle"), s.named("nobody"))
		return each(described.Sorted(), describeGroup), err
	}),
	settling("Lag", func(ctx context.Context, s *session) (string, error) {
		lags, err := s.admin.Lag(ctx, s.named("idle"))
		lag := lags[s.named("idle")]
		return fmt.Sprintf("%s %s total %d", lag.State, code(errors.Join(lag.DescribeErr, lag.FetchErr)), lag.Lag.Total()), err
	}),
	once("groups with a member", aliveGroup),
	settling("DescribeGroups after LeaveGroup", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeGroups(ctx, s.named("alive"))
		return each(described.Sorted(), describeGroup), err
	}),
	once("LeaveGroup of an unknown group", func(ctx context.Context, s *session) (string, error) {
		left, err := s.admin.LeaveGroup(ctx, kadm.LeaveGroup(s.named("nobody")).InstanceIDs("one"))
		return each(left.Sorted(), describeLeaving), err
	}),
}

// aliveGroup joins a group, looks at it from outside, and takes the static member out of it.
func aliveGroup(ctx context.Context, s *session) (string, error) {
	group := s.named("alive")
	consumer, err := kgo.NewClient(
		kgo.SeedBrokers(s.seed), kgo.ClientID("reader"), kgo.ConsumerGroup(group),
		kgo.InstanceID("one"), kgo.ConsumeTopics(s.named("assigned")), kgo.Balancers(kgo.RangeBalancer()),
	)
	if err != nil {
		return "", err
	}
	defer consumer.CloseAllowingRebalance()
	answers := []string{}
	described, err := s.whenStable(ctx, group)
	if err != nil {
		return "", err
	}
	answers = append(answers, describeGroup(described))
	for _, list := range []func() (kadm.ListedGroups, error){
		func() (kadm.ListedGroups, error) { return s.admin.ListGroups(ctx) },
		func() (kadm.ListedGroups, error) { return s.admin.ListGroups(ctx, "Stable") },
		func() (kadm.ListedGroups, error) { return s.admin.ListGroupsByType(ctx, []string{"classic"}, "Stable") },
		func() (kadm.ListedGroups, error) { return s.admin.ListGroupsByType(ctx, []string{"share"}) },
	} {
		listed, err := list()
		if err != nil {
			return "", err
		}
		answers = append(answers, fmt.Sprint("listed ", s.ours(listed.Groups())))
	}
	left, err := s.admin.LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("one", "two").Reason("to test"))
	answers = append(answers, "left "+each(left.Sorted(), describeLeaving))
	return strings.Join(answers, "; "), err
}

// whenStable describes a group when all its members have their partitions.
func (s *session) whenStable(ctx context.Context, group string) (kadm.DescribedGroup, error) {
	for {
		described, err := s.admin.DescribeGroups(ctx, group)
		if err != nil || described[group].State == "Stable" {
			return described[group], err
		}
	}
}

func describeGroup(group kadm.DescribedGroup) string {
	members := each(group.Members, func(member kadm.DescribedGroupMember) string {
		var assigned []string
		if assignment, ok := member.Assigned.AsConsumer(); ok {
			for _, topic := range assignment.Topics {
				slices.Sort(topic.Partitions)
				assigned = append(assigned, fmt.Sprint(topic.Topic, topic.Partitions))
			}
		}
		return fmt.Sprintf("%s %s from %s has %v",
			member.ClientID, text(member.InstanceID), member.ClientHost, assigned)
	})
	return fmt.Sprintf("%s %s %q by %q [%s] %v %s", group.Group, group.State, group.ProtocolType,
		group.Protocol, members, group.AuthorizedOperations, code(group.Err))
}

func describeLeaving(left kadm.LeaveGroupResponse) string {
	return fmt.Sprintf("%s %s", left.InstanceID, code(left.Err))
}

// offsets are the same offset in two partitions of the topic orders.
func (s *session) offsets(at int64, metadata string) kadm.Offsets {
	offsets := kadm.Offsets{}
	for partition := range int32(2) {
		offsets.Add(kadm.Offset{
			Topic: s.named("orders"), Partition: partition, At: at, LeaderEpoch: -1, Metadata: metadata,
		})
	}
	return offsets
}

func eachCommitted(committed kadm.OffsetResponses) string {
	return each(committed.Sorted(), func(r kadm.OffsetResponse) string {
		return fmt.Sprintf("%s/%d at %d %q %s", r.Topic, r.Partition, r.At, r.Metadata, code(r.Err))
	})
}
