package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var topicOperations = []operation{
	once("CreateTopic", func(ctx context.Context, s *session) (string, error) {
		configs := map[string]*string{"retention.ms": pointer("1234567")}
		created, err := s.admin.CreateTopic(ctx, 3, 1, configs, s.named("orders"))
		if err != nil {
			return "", err
		}
		return describeCreated(created), nil
	}),
	once("CreateTopics with the defaults of the broker", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateTopics(ctx, -1, -1, nil, s.named("defaults"))
		return eachCreated(created), err
	}),
	once("CreateTopics again", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateTopics(ctx, 1, 1, nil, s.named("orders"), s.named("payments"))
		return eachCreated(created), err
	}),
	once("CreateTopics with a bad name", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateTopics(ctx, 1, 1, nil, "no spaces")
		return eachCreated(created), err
	}),
	once("CreateTopics without partitions", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateTopics(ctx, 0, 1, nil, s.named("none"))
		return eachCreated(created), err
	}),
	once("CreateTopics with too many replicas", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreateTopics(ctx, 1, 9, nil, s.named("wide"))
		return eachCreated(created), err
	}),
	once("CreateTopics with a bad config", func(ctx context.Context, s *session) (string, error) {
		configs := map[string]*string{"retention.ms": pointer("forever")}
		created, err := s.admin.CreateTopics(ctx, 1, 1, configs, s.named("bad"))
		return eachCreated(created), err
	}),
	once("ValidateCreateTopics", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.ValidateCreateTopics(ctx, 2, 1, nil, s.named("checked"), s.named("orders"))
		return eachCreated(created), err
	}),
	once("CreateTopics with an assignment", func(ctx context.Context, s *session) (string, error) {
		brokers, err := s.admin.ListBrokers(ctx)
		if err != nil {
			return "", err
		}
		return s.createAssigned(ctx, s.named("assigned"), brokers.NodeIDs()[0])
	}),
	once("CreateTopics on a broker that is not there", func(ctx context.Context, s *session) (string, error) {
		return s.createAssigned(ctx, s.named("astray"), 4711)
	}),
	settling("ListTopics", func(ctx context.Context, s *session) (string, error) {
		return s.listTopics(ctx)
	}),
	settling("ListTopicsWithInternal", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopicsWithInternal(ctx, s.named("orders"), s.named("absent"))
		return each(topics.Sorted(), func(topic kadm.TopicDetail) string {
			return fmt.Sprintf("%s %s id %t internal %t",
				topic.Topic, code(topic.Err), topic.ID != kadm.TopicID{}, topic.IsInternal)
		}), err
	}),
	settling("Metadata", func(ctx context.Context, s *session) (string, error) {
		metadata, err := s.admin.Metadata(ctx, s.named("orders"))
		partitions := metadata.Topics[s.named("orders")].Partitions
		return each(partitions.Sorted(), func(p kadm.PartitionDetail) string {
			known := slices.Contains(metadata.Brokers.NodeIDs(), p.Leader)
			return fmt.Sprintf("%d leader %t replicas %d isr %d offline %d",
				p.Partition, known, len(p.Replicas), len(p.ISR), len(p.OfflineReplicas))
		}), err
	}),
	settling("Metadata with authorized operations", func(ctx context.Context, s *session) (string, error) {
		metadata, err := s.admin.Metadata(kadm.WithAuthorizedOps(ctx), s.named("orders"))
		topic := metadata.Topics[s.named("orders")]
		return fmt.Sprintf("topic %v, cluster %v", topic.AuthorizedOperations, metadata.AuthorizedOperations), err
	}),
	settling("DescribeTopicPartitions", func(ctx context.Context, s *session) (string, error) {
		return s.describeInPages(ctx, s.named("orders"), s.named("payments"))
	}),
	settling("DescribeTopicPartitions of an unknown topic", func(ctx context.Context, s *session) (string, error) {
		return s.describeInPages(ctx, s.named("absent"))
	}),
	once("CreatePartitions", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.CreatePartitions(ctx, 2, s.named("orders"))
		return eachPartitioned(created), err
	}),
	once("UpdatePartitions", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.UpdatePartitions(ctx, 6, s.named("orders"))
		return eachPartitioned(created), err
	}),
	once("UpdatePartitions to as many", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.UpdatePartitions(ctx, 6, s.named("orders"))
		return eachPartitioned(created), err
	}),
	once("UpdatePartitions to fewer", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.UpdatePartitions(ctx, 2, s.named("orders"))
		return eachPartitioned(created), err
	}),
	once("ValidateCreatePartitions", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.ValidateCreatePartitions(ctx, 10, s.named("orders"))
		return eachPartitioned(created), err
	}),
	once("ValidateUpdatePartitions", func(ctx context.Context, s *session) (string, error) {
		created, err := s.admin.ValidateUpdatePartitions(ctx, 16, s.named("orders"), s.named("absent"))
		return eachPartitioned(created), err
	}),
	settling("Metadata after CreatePartitions", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopics(ctx, s.named("orders"))
		return fmt.Sprintf("%d partitions", len(topics[s.named("orders")].Partitions)), err
	}),
}

var deletions = []operation{
	once("DeleteTopic", func(ctx context.Context, s *session) (string, error) {
		deleted, err := s.admin.DeleteTopic(ctx, s.named("payments"))
		return code(deleted.Err), err
	}),
	once("DeleteTopics by id", func(ctx context.Context, s *session) (string, error) {
		topics, err := s.admin.ListTopics(ctx, s.named("defaults"))
		if err != nil {
			return "", err
		}
		known, err := s.deleteByID(ctx, topics[s.named("defaults")].ID)
		if err != nil {
			return "", err
		}
		unknown, err := s.deleteByID(ctx, kadm.TopicID{1})
		return known + ", " + unknown, err
	}),
	once("DeleteTopics", func(ctx context.Context, s *session) (string, error) {
		deleted, err := s.admin.DeleteTopics(ctx, s.named("orders"), s.named("assigned"), s.named("absent"))
		return eachByName(deleted.Sorted(), func(r kadm.DeleteTopicResponse) string {
			return r.Topic + " " + code(r.Err)
		}), err
	}),
	settling("ListTopics after DeleteTopics", func(ctx context.Context, s *session) (string, error) {
		return s.listTopics(ctx)
	}),
}

func (s *session) listTopics(ctx context.Context) (string, error) {
	topics, err := s.admin.ListTopics(ctx)
	return fmt.Sprint(s.ours(topics.Names())), err
}

func describeCreated(created kadm.CreateTopicResponse) string {
	retention := created.Configs["retention.ms"]
	return fmt.Sprintf("%s %s, id %t, %d partitions, %d replicas, retention.ms %s %s",
		created.Topic, code(created.Err), created.ID != kadm.TopicID{}, created.NumPartitions,
		created.ReplicationFactor, text(retention.Value), retention.Source)
}

func eachCreated(created kadm.CreateTopicResponses) string {
	return eachByName(created.Sorted(), func(r kadm.CreateTopicResponse) string {
		return r.Topic + " " + code(r.Err)
	})
}

func eachPartitioned(created kadm.CreatePartitionsResponses) string {
	return eachByName(created.Sorted(), func(r kadm.CreatePartitionsResponse) string {
		return r.Topic + " " + code(r.Err)
	})
}

func (s *session) createAssigned(ctx context.Context, topic string, broker int32) (string, error) {
	request := kmsg.NewPtrCreateTopicsRequest()
	asked := kmsg.NewCreateTopicsRequestTopic()
	asked.Topic, asked.NumPartitions, asked.ReplicationFactor = topic, -1, -1
	for partition := range int32(2) {
		replicas := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		replicas.Partition, replicas.Replicas = partition, []int32{broker}
		asked.ReplicaAssignment = append(asked.ReplicaAssignment, replicas)
	}
	request.Topics = append(request.Topics, asked)
	request.TimeoutMillis = int32(timeout.Milliseconds())
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	created := response.Topics[0]
	return fmt.Sprintf("%s, %d partitions", code(kerr.ErrorForCode(created.ErrorCode)), created.NumPartitions), nil
}

// describeInPages asks for two partitions at a time, and goes on where the answer says so.
func (s *session) describeInPages(ctx context.Context, topics ...string) (string, error) {
	request := kmsg.NewPtrDescribeTopicPartitionsRequest()
	request.ResponsePartitionLimit = 2
	for _, topic := range topics {
		asked := kmsg.NewDescribeTopicPartitionsRequestTopic()
		asked.Topic = topic
		request.Topics = append(request.Topics, asked)
	}
	var pages []string
	for {
		response, err := request.RequestWith(ctx, s.client)
		if err != nil {
			return "", err
		}
		var page []string
		for _, topic := range response.Topics {
			page = append(page, fmt.Sprintf("%s %s", text(topic.Topic), code(kerr.ErrorForCode(topic.ErrorCode))))
			for _, partition := range topic.Partitions {
				page = append(page, fmt.Sprint(partition.Partition))
			}
		}
		pages = append(pages, strings.Join(page, " "))
		if response.NextCursor == nil {
			return strings.Join(pages, " | "), nil
		}
		cursor := kmsg.NewDescribeTopicPartitionsRequestCursor()
		cursor.Topic, cursor.Partition = response.NextCursor.Topic, response.NextCursor.Partition
		request.Cursor = &cursor
	}
}

func (s *session) deleteByID(ctx context.Context, id kadm.TopicID) (string, error) {
	request := kmsg.NewPtrDeleteTopicsRequest()
	asked := kmsg.NewDeleteTopicsRequestTopic()
	asked.TopicID = id
	request.Topics = append(request.Topics, asked)
	request.TimeoutMillis = int32(timeout.Milliseconds())
	response, err := request.RequestWith(ctx, s.client)
	if err != nil {
		return "", err
	}
	deleted := response.Topics[0]
	return fmt.Sprintf("%s %s", text(deleted.Topic), code(kerr.ErrorForCode(deleted.ErrorCode))), nil
}

// ours are the names that belong to this run, in order.
func (s *session) ours(names []string) []string {
	ours := slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, s.prefix) })
	slices.Sort(ours)
	return ours
}
