/** Why a client could not do what it was asked for; KafkaError is what a broker has answered. */

/** No broker could be reached, or it does not speak Kafka's protocol with us. */
export class ConnectFailure extends Error {
  override name = 'ConnectFailure'
}

/** A broker was reached, and did not let us in. */
export class AuthenticationFailure extends ConnectFailure {
  override name = 'AuthenticationFailure'
}

/** A connection was lost before the answer came: the request may have been done or not. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** What was asked for was not done in time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/** The broker is too old, or too new, for a request. */
export class UnsupportedRequest extends Error {
  override readonly name = 'UnsupportedRequest'
}
