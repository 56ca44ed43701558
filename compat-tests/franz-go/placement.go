package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Where replicas are: log directories, leaders, reassignments.
var placementOperations = []operation{
	once("DescribeAllLogDirs", func(ctx context.Context, s *session) (string, error) {
		described, err := s.admin.DescribeAllLogDirs(ctx, nil)
		dirs := described.Sorted()
		answer := fmt.Sprintf("%d directories:", len(dirs))
		for _, dir := range dirs {
			for _, partition := range dir.Topics.Sorted() {
				if partition.Topic == s.named("assigned") {
					answer += " " + describeInDir(partition)
				}
			}
		}
		return answer, err
	}),
	settling("DescribeBrokerLogDirs", func(ctx context.Context, s *session) (string, error) {
		dir, err := s.logDir(ctx)
		if err != nil {
			return "", err
		}
		return describeDir(dir), nil
	}),
	once("AlterBrokerReplicaLogDirs to where they are", func(ctx context.Context, s *session) (string, error) {
		dir, err := s.logDir(ctx)
		if err != nil {
			return "", err
		}
		request := kadm.AlterReplicaLogDirsReq{}
		request.Add(dir.Dir, s.firstOfOrders())
		return s.alterDirs(ctx, dir.Broker, request)
	}),
	once("AlterBrokerReplicaLogDirs to a directory that is not there", func(ctx context.Context, s *session) (string, error) {
		broker, err := s.anyBroker(ctx)
		if err != nil {
			return "", err
		}
		request := kadm.AlterReplicaLogDirsReq{}
		request.Add("/no/such/directory", s.orders())
		return s.alterDirs(ctx, broker, request)
	}),
	once("AlterAllReplicaLogDirs", func(ctx context.Context, s *session) (string, error) {
		request := kadm.AlterReplicaLogDirsReq{}
		request.Add("/no/such/directory", s.orders())
		altered, err := s.admin.AlterAllReplicaLogDirs(ctx, request)
		return each(altered.Sorted(), describeMove), err
	}),
	once("ElectLeaders by preference", func(ctx context.Context, s *session) (string, error) {
		return s.elect(ctx, kadm.ElectPreferredReplica, s.orders())
	}),
	once("ElectLeaders uncleanly", func(ctx context.Context, s *session) (string, error) {
		return s.elect(ctx, kadm.ElectLiveReplica, s.orders())
	}),
	once("ElectLeaders of an unknown partition", func(ctx context.Context, s *session) (string, error) {
		return s.elect(ctx, kadm.ElectPreferredReplica, partitions(s.named("orders"), 99))
	}),
	once("AlterPartitionAssignments to where they are", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopics(ctx, s.named("orders"))
		if err != nil {
			return "", err
		}
		return s.assign(ctx, topics[s.named("orders")].Partitions[0].Replicas)
	}),
	once("AlterPartitionAssignments to a broker that is not there", func(ctx context.Context, s *session) (string, error) {
		return s.assign(ctx, []int32{4711})
	}),
	once("AlterPartitionAssignments to nobody", func(ctx context.Context, s *session) (string, error) {
		return s.assign(ctx, []int32{})
	}),
	once("AlterPartitionAssignments that cancels nothing", func(ctx context.Context, s *session) (string, error) {
		request := kadm.AlterPartitionAssignmentsReq{}
		request.CancelAssign(s.named("orders"), 0)
		return s.alterAssignments(ctx, request)
	}),
	settling("ListPartitionReassignments", func(ctx context.Context, s *session) (string, error) {
		listed, err := s.admin.ListPartitionReassignments(ctx, s.orders())
		return fmt.Sprintf("%d in flight", len(listed.Sorted())), err
	}),
	settling("ListPartitionReassignments of all topics", func(ctx context.Context, s *session) (string, error) {
		listed, err := s.admin.ListPartitionReassignments(ctx, nil)
		return fmt.Sprintf("%d in flight", len(listed.Sorted())), err
	}),
}

func partitions(topic string, numbers ...int32) kadm.TopicsSet {
	set := kadm.TopicsSet{}
	set.Add(topic, numbers...)
	return set
}

// orders are two partitions of the topic orders.
func (s *session) orders() kadm.TopicsSet { return partitions(s.named("orders"), 0, 1) }

// firstOfOrders is the partition of the topic orders that has had records.
func (s *session) firstOfOrders() kadm.TopicsSet { return partitions(s.named("orders"), 0) }

// logDir is the directory of that partition.
func (s *session) logDir(ctx context.Context) (kadm.DescribedLogDir, error) {
	topics, err := s.admin.ListTopics(ctx, s.named("orders"))
	if err != nil {
		return kadm.DescribedLogDir{}, err
	}
	leader := topics[s.named("orders")].Partitions[0].Leader
	described, err := s.admin.DescribeBrokerLogDirs(ctx, leader, s.firstOfOrders())
	if err != nil {
		return kadm.DescribedLogDir{}, err
	}
	return described.Sorted()[0], nil
}

func describeDir(dir kadm.DescribedLogDir) string {
	return fmt.Sprintf("%s, total %t, usable %t, cordoned %t: %s",
		code(dir.Err), dir.TotalBytes > 0, dir.UsableBytes > 0, dir.IsCordoned,
		each(dir.Topics.Sorted(), describeInDir))
}

func describeInDir(p kadm.DescribedLogDirPartition) string {
	return fmt.Sprintf("%s/%d has bytes %t lag %d future %t", p.Topic, p.Partition, p.Size > 0, p.OffsetLag, p.IsFuture)
}

func (s *session) alterDirs(
	ctx context.Context, broker int32, request kadm.AlterReplicaLogDirsReq,
) (string, error) {
	altered, err := s.admin.AlterBrokerReplicaLogDirs(ctx, broker, request)
	return each(altered.Sorted(), describeMove), err
}

func describeMove(move kadm.AlterReplicaLogDirsResponse) string {
	return fmt.Sprintf("%s/%d %s", move.Topic, move.Partition, code(move.Err))
}

func (s *session) elect(
	ctx context.Context, how kadm.ElectLeadersHow, set kadm.TopicsSet,
) (string, error) {
	elected, err := s.admin.ElectLeaders(ctx, how, set)
	if err != nil {
		return "", err
	}
	var answers []string
	for _, asked := range set.Sorted() {
		for _, partition := range asked.Partitions {
			result, present := elected[asked.Topic][partition]
			answers = append(answers, fmt.Sprintf("%s/%d %t %s", asked.Topic, partition, present, code(result.Err)))
		}
	}
	return strings.Join(answers, ", "), nil
}

func (s *session) assign(ctx context.Context, replicas []int32) (string, error) {
	request := kadm.AlterPartitionAssignmentsReq{}
	request.Assign(s.named("orders"), 0, replicas)
	return s.alterAssignments(ctx, request)
}

func (s *session) alterAssignments(
	ctx context.Context, request kadm.AlterPartitionAssignmentsReq,
) (string, error) {
	altered, err := s.admin.AlterPartitionAssignments(ctx, request)
	return each(altered.Sorted(), func(response kadm.AlterPartitionAssignmentsResponse) string {
		return fmt.Sprintf("%s/%d %s", response.Topic, response.Partition, code(response.Err))
	}), err
}
