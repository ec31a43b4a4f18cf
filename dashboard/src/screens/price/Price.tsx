import { EmptyState } from "../../ui/States";

export default function Price() {
  return <EmptyState title="This screen is being built." />;
}
