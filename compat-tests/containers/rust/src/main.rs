//! Starts the image as a test would, by each module of Testcontainers for Rust, and stops it when
//! stdin ends: what speaks to it meanwhile is kcat.
use std::{env, io, time::Instant};
use testcontainers_modules::{
    kafka::{apache, confluent},
    testcontainers::{core::ContainerPort, runners::SyncRunner, Container, Image, ImageExt},
};

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let (name, tag) = arguments[1].rsplit_once(':').expect("an image with a tag");
    let begin = Instant::now();
    match arguments[2].as_str() {
        "apache" => {
            let image = apache::Kafka::default().with_name(name).with_tag(tag);
            serve(image.start().expect("started"), apache::KAFKA_PORT, begin)
        }
        "confluent" => {
            let image = confluent::Kafka::default().with_name(name).with_tag(tag);
            serve(image.start().expect("started"), confluent::KAFKA_PORT, begin)
        }
        other => panic!("unknown module {other}"),
    }
}

fn serve<I: Image>(container: Container<I>, port: ContainerPort, begin: Instant) {
    println!("started in {} ms", begin.elapsed().as_millis());
    println!("127.0.0.1:{}", container.get_host_port_ipv4(port).expect("a port"));
    io::stdin().lines().for_each(drop);
}
